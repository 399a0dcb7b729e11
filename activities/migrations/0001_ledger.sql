-- 台账：只增不改，逐条链接。The ledger: append-only, every event chained to the one before it.

CREATE TABLE event (
    id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    case_no text COLLATE "C" NOT NULL,
    seq integer NOT NULL CHECK (seq > 0),
    at timestamptz NOT NULL CHECK (date_trunc('milliseconds', at, 'UTC') = at),
    kind text COLLATE "C" NOT NULL,
    act text COLLATE "C",
    account text COLLATE "C",
    role text COLLATE "C",
    unit text COLLATE "C",
    on_behalf_of text COLLATE "C",
    act_id text COLLATE "C",
    cause integer,
    rule text NOT NULL,
    data text NOT NULL,
    prev bytea NOT NULL CHECK (octet_length(prev) = CASE WHEN seq = 1 THEN 0 ELSE 32 END),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (case_no, seq)
);
CREATE UNIQUE INDEX event_act_id ON event (case_no, act_id) WHERE act_id IS NOT NULL;

COMMENT ON COLUMN event.id IS
    'The order of writing over all cases. A later number can become visible first; gaps mean nothing.';
COMMENT ON COLUMN event.data IS
    'Canonical JSON (RFC 8785) as it was hashed. Text, because jsonb writes numbers and names anew.';
COMMENT ON COLUMN event.prev IS 'Hash of the event before; empty for the first of a case.';
COMMENT ON COLUMN event.hash IS
    'SHA-256 over the canonical JSON of {"at","case_no","cause","data","kind","prev","rule","seq"}, hashes in '
    'hex, "at" in China Standard Time with milliseconds. act, account, role, unit, on_behalf_of and act_id '
    'repeat what data says, for questions.';

CREATE FUNCTION herun_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '台账只能追加，不能修改或删除。/ The ledger is append-only: % refused.', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION herun_refuse_change();

-- 受阻案件 A case that a bug keeps from going on, until it writes its next event (design §8).
CREATE TABLE trouble (
    case_no text COLLATE "C" PRIMARY KEY,
    since timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    error text NOT NULL
);

GRANT SELECT, INSERT ON event TO herun_ledger;
GRANT SELECT, INSERT, UPDATE, DELETE ON trouble TO herun_ledger;
GRANT SELECT ON event, trouble TO herun_door, herun_reader;
