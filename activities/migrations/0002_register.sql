-- 登记簿：网页与统计所读，全部由台账推算，可随时重建。The register: a pure function of the ledger
-- (activities/register.py); whoever rebuilds it gets the same rows.

CREATE TABLE case_register (
    case_no text COLLATE "C" PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    stage text COLLATE "C" NOT NULL,
    level text COLLATE "C" NOT NULL,
    matter text COLLATE "C" NOT NULL,
    community text COLLATE "C" NOT NULL,
    town text COLLATE "C" NOT NULL,
    city text COLLATE "C" NOT NULL,
    service text COLLATE "C",
    unit text COLLATE "C",
    lead text COLLATE "C",
    parent_no text COLLATE "C",
    link text COLLATE "C",
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    outcome text COLLATE "C",
    rulebook text NOT NULL,
    calendar text NOT NULL,
    colour text COLLATE "C",
    whistle text COLLATE "C",
    category text COLLATE "C",
    drill boolean NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    opener text COLLATE "C" NOT NULL,
    parties text[] COLLATE "C" NOT NULL,
    units text[] COLLATE "C" NOT NULL,
    accused text COLLATE "C",
    confidential boolean NOT NULL,
    responded_at timestamptz,
    resolved boolean,
    breaches integer NOT NULL,
    escalations integer NOT NULL,
    extensions integer NOT NULL,
    returns integer NOT NULL,
    send_backs integer NOT NULL,
    last_seq integer NOT NULL,
    last_at timestamptz NOT NULL
) WITH (fillfactor = 80);

COMMENT ON COLUMN case_register.unit IS 'Whom the case is with: the unit last named by a stage or as lead.';
COMMENT ON COLUMN case_register.lead IS 'The lead unit 主办, once one is named.';
COMMENT ON COLUMN case_register.title IS 'Commitment to the title; the words are in content.';
COMMENT ON COLUMN case_register.body IS 'Commitment to the text; the words are in content.';
COMMENT ON COLUMN case_register.units IS 'Every unit the case has touched, sorted.';
COMMENT ON COLUMN case_register.responded_at IS 'When an office first acted on a duty of its own.';
COMMENT ON COLUMN case_register.resolved IS 'What the unit said of its result when it last completed.';

CREATE INDEX case_by_last_at ON case_register (last_at, case_no);
CREATE INDEX case_by_opened_at ON case_register (opened_at, case_no);
CREATE INDEX case_by_community ON case_register (community, opened_at, case_no);
CREATE INDEX case_by_unit ON case_register (unit, opened_at, case_no);
CREATE INDEX case_by_kind_stage ON case_register (kind, stage, opened_at, case_no);
CREATE INDEX case_by_matter ON case_register (matter, opened_at, case_no);
CREATE INDEX case_by_opener ON case_register (opener, opened_at, case_no);
CREATE INDEX case_by_parent ON case_register (parent_no) WHERE parent_no IS NOT NULL;
CREATE INDEX case_by_title ON case_register (title);
CREATE INDEX case_by_body ON case_register (body);
CREATE INDEX case_by_units ON case_register USING gin (units) WITH (gin_pending_list_limit = 256);
CREATE INDEX case_by_parties ON case_register USING gin (parties) WITH (gin_pending_list_limit = 256);

CREATE TABLE duty_register (
    case_no text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    kind text COLLATE "C" NOT NULL,
    nature text COLLATE "C" NOT NULL,
    owner_unit text COLLATE "C",
    owner_roles text[] COLLATE "C" NOT NULL,
    owner_party text COLLATE "C",
    rule text NOT NULL,
    about text NOT NULL,
    counted_from timestamptz NOT NULL,
    internal_due timestamptz NOT NULL,
    legal_due timestamptz NOT NULL,
    provisional boolean NOT NULL,
    paused boolean NOT NULL,
    extended_days integer NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('open', 'fulfilled', 'relieved', 'closed')),
    breached_at timestamptz,
    settled_at timestamptz,
    why text,
    mark text COLLATE "C",
    opened_seq integer NOT NULL,
    opened_at timestamptz NOT NULL,
    drill boolean NOT NULL,
    case_kind text COLLATE "C" NOT NULL,
    matter text COLLATE "C" NOT NULL,
    community text COLLATE "C" NOT NULL,
    PRIMARY KEY (case_no, number)
) WITH (fillfactor = 70);

COMMENT ON COLUMN duty_register.status IS
    'fulfilled: met; relieved: no longer owed (why says so); closed: a window that was not used.';
COMMENT ON COLUMN duty_register.mark IS 'The last of reminded, urged, bulletin.';
COMMENT ON COLUMN duty_register.matter IS 'The matter of the case as it stands now, with drill and community.';

CREATE INDEX duty_by_unit ON duty_register (owner_unit, legal_due, case_no, number) WHERE status = 'open';
CREATE INDEX duty_by_party ON duty_register (owner_party, legal_due, case_no, number)
    WHERE status = 'open' AND owner_party IS NOT NULL;
CREATE INDEX duty_by_community ON duty_register (community, legal_due, case_no, number) WHERE status = 'open';
CREATE INDEX duty_by_due ON duty_register (legal_due, case_no, number) WHERE status = 'open';

CREATE TABLE link_register (
    case_no text COLLATE "C" NOT NULL,
    number text COLLATE "C" NOT NULL,
    kind text COLLATE "C",
    link text COLLATE "C" NOT NULL,
    unit text COLLATE "C",
    share text COLLATE "C",
    mandatory boolean NOT NULL,
    waived boolean NOT NULL,
    outcome text COLLATE "C",
    seq integer NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (case_no, number)
);
CREATE INDEX link_by_number ON link_register (number);

CREATE TABLE rating_register (
    case_no text COLLATE "C" NOT NULL,
    seq integer NOT NULL,
    rater text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    about text COLLATE "C",
    at timestamptz NOT NULL,
    speed integer,
    attitude integer,
    resolution integer,
    response integer,
    quality integer,
    need integer,
    preparation integer,
    satisfied boolean,
    PRIMARY KEY (case_no, seq)
);
COMMENT ON COLUMN rating_register.rater IS 'resident, community, blower, department, or return_visit.';
COMMENT ON COLUMN rating_register.about IS
    'The department that was rated; null where the rating is of the case, that is of its lead unit.';

GRANT SELECT, INSERT, UPDATE, DELETE
    ON case_register, duty_register, link_register, rating_register TO herun_ledger;
GRANT SELECT ON case_register, duty_register, link_register, rating_register TO herun_door, herun_reader;
