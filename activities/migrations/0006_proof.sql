-- 证明：日志、档案、检查点。What the proof needs: the journal, the archive of histories, the checkpoints.

-- 日志：系统自身之所为（谁查看、封存、删除），按流逐条链接，与台账同号。What the system did itself; each stream is a
-- chain like a case's. Its numbers come from the ledger's sequence: one numbering over all that is chained.
CREATE TABLE journal (
    id bigint NOT NULL UNIQUE DEFAULT nextval('event_id_seq'),
    stream text COLLATE "C" NOT NULL,
    seq integer NOT NULL CHECK (seq > 0),
    at timestamptz NOT NULL CHECK (date_trunc('milliseconds', at, 'UTC') = at),
    kind text COLLATE "C" NOT NULL,
    account text COLLATE "C",
    case_no text COLLATE "C",
    data text NOT NULL,
    prev bytea NOT NULL CHECK (octet_length(prev) = CASE WHEN seq = 1 THEN 0 ELSE 32 END),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (stream, seq)
);
CREATE INDEX journal_by_case ON journal (case_no, stream, seq) WHERE case_no IS NOT NULL;
CREATE INDEX journal_by_account ON journal (account, at) WHERE account IS NOT NULL;
COMMENT ON COLUMN journal.data IS
    'Canonical JSON (RFC 8785) as it was hashed; "account" and "case_no" in it are repeated beside it.';
COMMENT ON COLUMN journal.hash IS
    'As event.hash, with the stream in place of the case number, no cause and no rule.';

-- 档案：Temporal 历史，逐轮封存。Histories of closed runs, and of long runs up to a moment, as the SDK writes them.
CREATE TABLE archive (
    case_no text COLLATE "C" NOT NULL,
    run_id text COLLATE "C" NOT NULL,
    events integer NOT NULL CHECK (events > 0),
    closed boolean NOT NULL,
    final boolean NOT NULL DEFAULT false CHECK (closed OR NOT final),
    at timestamptz NOT NULL,
    code text COLLATE "C" NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    history bytea NOT NULL,
    PRIMARY KEY (case_no, run_id, events)
);
COMMENT ON COLUMN archive.events IS 'How many events of the run the history holds.';
COMMENT ON COLUMN archive.closed IS 'Whether the run had ended: its history is whole.';
COMMENT ON COLUMN archive.final IS 'Whether the run was the last of its case: the case is sealed.';
COMMENT ON COLUMN archive.code IS
    'The code version that the history names last, or else the one that sealed it (activities/custody.py).';
COMMENT ON COLUMN archive.digest IS 'SHA-256 of the history as JSON, before compression; also in the journal.';
COMMENT ON COLUMN archive.history IS 'The history as JSON, compressed with zlib.';
ALTER TABLE archive ALTER COLUMN history SET STORAGE EXTERNAL; -- compressed already
CREATE INDEX archive_by_final ON archive (case_no) WHERE final;

-- 检查点：对全部台账与日志的签名树根。Signed tree heads over the ledger and the journal.
CREATE TABLE checkpoint (
    size bigint PRIMARY KEY CHECK (size >= 0),
    at timestamptz NOT NULL,
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    cases bigint NOT NULL,
    cases_root bytea NOT NULL CHECK (octet_length(cases_root) = 32),
    last_id bigint NOT NULL,
    note text NOT NULL,
    edges bytea[] NOT NULL,
    tail text COLLATE "C" NOT NULL
);
COMMENT ON COLUMN checkpoint.last_id IS 'Leaves are the hashes of events and journal entries up to this id, by id.';
COMMENT ON COLUMN checkpoint.cases IS 'How many chains (cases and streams) there were, and below the root over their heads.';
COMMENT ON COLUMN checkpoint.note IS 'The signed note (C2SP signed-note, checkpoint): what auditors keep outside.';
COMMENT ON COLUMN checkpoint.edges IS
    'By level the hashes of the tile that was not full yet: with the full ones all that proofs need.';
COMMENT ON COLUMN checkpoint.tail IS 'Which leaves the hashes of the first edge are of, as tree_tile.leaves.';

-- 整块叶哈希，每块 256。Full tiles of 256 hashes, each the root of a full tile of the level below.
CREATE TABLE tree_tile (
    level smallint NOT NULL CHECK (level >= 0),
    place bigint NOT NULL CHECK (place >= 0),
    last_id bigint,
    hashes bytea NOT NULL CHECK (octet_length(hashes) = 8192),
    leaves text COLLATE "C",
    PRIMARY KEY (level, place),
    CHECK ((level = 0) = (last_id IS NOT NULL AND leaves IS NOT NULL))
);
COMMENT ON COLUMN tree_tile.last_id IS 'At level 0 the id of the last leaf of the tile, so that a leaf finds its place.';
COMMENT ON COLUMN tree_tile.leaves IS
    'At level 0 a line "id chain seq" for each leaf, so that one that is gone still has a name.';
CREATE INDEX tile_by_last_id ON tree_tile (last_id) WHERE level = 0;

-- 各链在最近检查点时的末条。The last of each chain at the last checkpoint: what checkpoint.cases_root is over.
CREATE TABLE chain_head (
    chain text COLLATE "C" PRIMARY KEY,
    seq integer NOT NULL CHECK (seq > 0),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32)
) WITH (fillfactor = 80);
COMMENT ON COLUMN chain_head.chain IS 'A case number, or "journal/" and a stream.';

CREATE TRIGGER journal_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION herun_refuse_change();
CREATE TRIGGER archive_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON archive
    FOR EACH STATEMENT EXECUTE FUNCTION herun_refuse_change();
CREATE TRIGGER checkpoint_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION herun_refuse_change();

-- 已结之案。Closed cases, in the order in which they closed by their own clocks, and in that of writing: by the latter
-- the custodian finds those that are not sealed, and begins where it left off.
CREATE INDEX case_by_closed_at ON case_register (closed_at, case_no) WHERE closed_at IS NOT NULL;
CREATE INDEX event_of_closing ON event (id) INCLUDE (case_no) WHERE kind = 'case_closed';

-- 存疑：缺失的历史、未通过的抽检。What somebody has to look at: histories that are gone, cases that failed a look.
CREATE INDEX journal_of_doubts ON journal (seq)
    WHERE stream = 'archive' AND kind IN ('history_missing', 'verification_failed');

GRANT USAGE ON SEQUENCE event_id_seq TO herun_door, herun_ledger, herun_reader;
GRANT SELECT, INSERT ON journal TO herun_door, herun_ledger, herun_reader;
GRANT SELECT, INSERT ON archive, checkpoint, tree_tile TO herun_ledger;
GRANT SELECT, INSERT, UPDATE ON chain_head TO herun_ledger;
GRANT SELECT ON archive, checkpoint, tree_tile, chain_head TO herun_door, herun_reader;
