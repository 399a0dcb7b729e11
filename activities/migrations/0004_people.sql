-- 机构、账号、令牌、事项目录、受理号。Organisations, accounts, tokens, the catalogue of matters, intake.

CREATE TABLE organisation (
    unit text COLLATE "C" PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    name_zh text NOT NULL,
    name_en text NOT NULL,
    aliases text[] NOT NULL DEFAULT '{}',
    valid_from date,
    valid_to date,
    successor text COLLATE "C"
);

CREATE TABLE account (
    id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    role text COLLATE "C" NOT NULL,
    unit text COLLATE "C",
    valid_from timestamptz NOT NULL DEFAULT now(),
    valid_to timestamptz
);
COMMENT ON COLUMN account.id IS 'A pseudonym; of a resident it is the party in cases too.';
CREATE INDEX account_by_unit ON account (unit, role);

CREATE TABLE token (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    account text COLLATE "C" NOT NULL REFERENCES account (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX token_by_account ON token (account);

CREATE TABLE catalogue (
    matter text COLLATE "C" PRIMARY KEY,
    parent text COLLATE "C",
    name_zh text NOT NULL,
    name_en text NOT NULL,
    aliases text[] NOT NULL DEFAULT '{}',
    route text COLLATE "C",
    service text COLLATE "C",
    lead text COLLATE "C",
    co_units text[] COLLATE "C" NOT NULL DEFAULT '{}',
    urgent boolean NOT NULL DEFAULT false,
    paper_only boolean NOT NULL DEFAULT false,
    retired_at timestamptz
);
COMMENT ON COLUMN catalogue.route IS 'The kind of case that the matter opens unless somebody says otherwise.';
COMMENT ON COLUMN catalogue.service IS 'Which handling limit an order of this matter gets.';

-- 同一幂等键只立一案。One case for one idempotency key of an account.
CREATE TABLE intake (
    account text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL,
    case_no text COLLATE "C" NOT NULL UNIQUE,
    at timestamptz NOT NULL,
    PRIMARY KEY (account, key)
);
CREATE SEQUENCE number_order;
CREATE SEQUENCE number_mediation;
CREATE SEQUENCE number_petition;
CREATE SEQUENCE number_whistle;
CREATE SEQUENCE drill_number_order;
CREATE SEQUENCE drill_number_mediation;
CREATE SEQUENCE drill_number_petition;
CREATE SEQUENCE drill_number_whistle;

GRANT SELECT ON organisation, account, token, catalogue TO herun_door;
GRANT SELECT, INSERT ON intake TO herun_door;
GRANT USAGE ON SEQUENCE number_order, number_mediation, number_petition, number_whistle,
    drill_number_order, drill_number_mediation, drill_number_petition, drill_number_whistle TO herun_door;
GRANT SELECT ON organisation, account, catalogue TO herun_ledger;
GRANT SELECT ON organisation, account, catalogue, intake TO herun_reader;
