-- 内容：文字、姓名、电话、地址、附件，与台账分开，凭加盐承诺值对应。Content lives beside the ledger under a
-- salted commitment; it can be erased, and the chain still holds.

CREATE TABLE content (
    commitment text COLLATE "C" PRIMARY KEY,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('text', 'name', 'phone', 'address', 'file')),
    salt bytea,
    body text,
    media_type text,
    grams tsvector,
    account text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    erased_at timestamptz,
    erased_by text,
    erase_basis text,
    CHECK (num_nulls(erased_at, erased_by, erase_basis) IN (0, 3)),
    CHECK ((erased_at IS NULL) = (salt IS NOT NULL AND body IS NOT NULL)),
    CHECK (erased_at IS NULL OR grams IS NULL)
);
COMMENT ON COLUMN content.body IS 'The text itself, or a file in base64; null once erased.';
COMMENT ON COLUMN content.grams IS 'Two-character grams and whole words (activities/grams.py); null for files.';
-- fastupdate 关：待并入的词条列表会拖慢每次查找。Off: every search would read the list of what waits.
CREATE INDEX content_by_grams ON content USING gin (grams) WITH (fastupdate = off);
CREATE INDEX content_by_age ON content (created_at);

CREATE TABLE content_ref (
    commitment text COLLATE "C" NOT NULL,
    case_no text COLLATE "C" NOT NULL,
    seq integer NOT NULL,
    PRIMARY KEY (commitment, case_no, seq)
);
CREATE INDEX content_ref_by_case ON content_ref (case_no, seq);

CREATE TABLE party (
    party_id text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C",
    phone text COLLATE "C",
    address text COLLATE "C",
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE party IS 'Who a pseudonym is: commitments to name, telephone number and address.';
CREATE INDEX party_by_name ON party (name);
CREATE INDEX party_by_phone ON party (phone);
CREATE INDEX party_by_address ON party (address);

-- 清理一小时内无人引用的内容。Nobody may delete content; the worker may have this swept.
CREATE FUNCTION herun_sweep(older_than interval, at_most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH unused AS (
        SELECT c.commitment FROM content c
        WHERE c.created_at < now() - greatest(older_than, interval '1 hour')
          AND NOT EXISTS (SELECT FROM content_ref r WHERE r.commitment = c.commitment)
          AND NOT EXISTS (SELECT FROM party p WHERE p.name = c.commitment)
          AND NOT EXISTS (SELECT FROM party p WHERE p.phone = c.commitment)
          AND NOT EXISTS (SELECT FROM party p WHERE p.address = c.commitment)
        ORDER BY c.created_at LIMIT at_most
    ), swept AS (
        DELETE FROM content USING unused WHERE content.commitment = unused.commitment RETURNING 1
    )
    SELECT count(*) FROM swept
$$;

-- 删除内容与盐，留下何时、何人、何依据。Erase body, salt and grams; the row says when, by whom, on what basis.
CREATE FUNCTION herun_erase(which text, who text, basis text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH erased AS (
        UPDATE content SET body = NULL, salt = NULL, grams = NULL, media_type = NULL,
            erased_at = now(), erased_by = who, erase_basis = basis
        WHERE commitment = which AND erased_at IS NULL RETURNING 1
    )
    SELECT EXISTS (SELECT FROM erased)
$$;

REVOKE EXECUTE ON FUNCTION herun_sweep, herun_erase FROM PUBLIC;
GRANT EXECUTE ON FUNCTION herun_sweep, herun_erase TO herun_ledger;
GRANT SELECT, INSERT ON content, party TO herun_door;
GRANT SELECT ON content_ref TO herun_door;
GRANT SELECT, INSERT, DELETE ON content_ref TO herun_ledger;
GRANT SELECT ON content, content_ref, party TO herun_reader;
