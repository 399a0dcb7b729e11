-- 登录：口令、第二因素、会话、居民验证码与查询链接、待发短信、账号与机构的变更。Signing in: passwords, second factors,
-- sessions, residents' codes and links, messages to be sent, and changes of accounts and organisations by administrators.

-- 一人不得兼任两种管理员（三员分立）。No person may hold two of the three administrations.
ALTER TABLE account ADD COLUMN person text COLLATE "C";
COMMENT ON COLUMN account.person IS 'A pseudonym for who holds the account, so that nobody administers twice.';

CREATE FUNCTION herun_is_administration(role text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT role IN ('system_admin', 'security_admin', 'audit_admin')
$$;

CREATE FUNCTION herun_one_administration() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.person IS NULL OR NOT herun_is_administration(NEW.role)
        OR coalesce(NEW.valid_to <= now(), false) THEN
        RETURN NEW;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('herun person ' || NEW.person));
    IF EXISTS (SELECT FROM account a WHERE a.person = NEW.person AND a.id <> NEW.id AND a.role <> NEW.role
            AND herun_is_administration(a.role) AND (a.valid_to IS NULL OR a.valid_to > now())) THEN
        RAISE EXCEPTION 'two administrations' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER account_holds_one_administration BEFORE INSERT OR UPDATE ON account
    FOR EACH ROW EXECUTE FUNCTION herun_one_administration();

CREATE TABLE credential (
    account text COLLATE "C" PRIMARY KEY REFERENCES account (id),
    login text COLLATE "C" NOT NULL UNIQUE,
    password text,
    password_at timestamptz,
    password_until timestamptz,
    must_change boolean NOT NULL DEFAULT false,
    totp_secret text,
    totp_at timestamptz,
    totp_step bigint NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    failed_at timestamptz,
    locked_until timestamptz
);
COMMENT ON COLUMN credential.password IS 'Argon2id, with its salt and cost.';
COMMENT ON COLUMN credential.password_until IS 'When a one-time password from an administrator lapses.';
COMMENT ON COLUMN credential.totp_at IS 'When the second factor was confirmed; before that the secret proves nothing.';
COMMENT ON COLUMN credential.totp_step IS 'The last time step a code was accepted for: none at or before it is again.';

CREATE TABLE recovery_code (
    account text COLLATE "C" NOT NULL REFERENCES account (id),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    used_at timestamptz,
    PRIMARY KEY (account, hash)
);

-- 会话：只存令牌的散列。Sessions: of a token its hash alone.
CREATE TABLE session (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    account text COLLATE "C",
    way text COLLATE "C" NOT NULL,
    stage text COLLATE "C" NOT NULL,
    second_factor boolean NOT NULL DEFAULT false,
    case_no text COLLATE "C",
    device text,
    kept text,
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    idle interval NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_by text COLLATE "C"
);
COMMENT ON COLUMN session.account IS 'An account, or a party of one case without one; null before anybody is known.';
COMMENT ON COLUMN session.stage IS 'What is still owed before it opens anything; `open` when nothing is.';
COMMENT ON COLUMN session.case_no IS 'The one case, with its parts, to which the session is confined.';
COMMENT ON COLUMN session.kept IS 'What single sign-on must remember between leaving and coming back.';
CREATE INDEX session_by_account ON session (account, id) WHERE ended_at IS NULL;
CREATE INDEX session_by_expiry ON session (expires_at);

CREATE TABLE one_time_code (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_no text COLLATE "C" NOT NULL,
    party text COLLATE "C" NOT NULL,
    hash text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    used_at timestamptz
);
CREATE INDEX one_time_code_by_case ON one_time_code (case_no, id);

CREATE TABLE follow_link (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    case_no text COLLATE "C" NOT NULL,
    party text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX follow_link_by_case ON follow_link (case_no);

-- 待发短信：由发送程序取走；过期即删。Messages for whatever sends them; gone when they are of no more use.
CREATE TABLE outbox_message (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    party text COLLATE "C" NOT NULL,
    case_no text COLLATE "C",
    body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX outbox_message_by_party ON outbox_message (party, id);
CREATE INDEX outbox_message_by_expiry ON outbox_message (expires_at);

-- 同一文件可有几处承诺值；最后一处删除时才删文件。One stored file may stand behind several commitments. The body of such
-- content is the file's digest and length; equal files have equal bodies. Hash: older bodies are whole files.
CREATE INDEX content_by_file ON content USING hash (body) WHERE kind = 'file';

-- 其中哪些还有内容指向。Which of these some content still points to.
CREATE FUNCTION herun_files_in_use(bodies text[]) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT b FROM unnest(bodies) b
    WHERE EXISTS (SELECT FROM content c WHERE c.kind = 'file' AND c.body = b)
$$;

-- 管理动作只准有相应职责者：由函数再核一遍，门不持有表的写权。Administrators change tables through these alone; each
-- looks again whether whoever asks holds the office, so that a mistake in the door opens nothing.
CREATE FUNCTION herun_administers(who text, wanted text) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM account a WHERE a.id = who AND a.role = wanted AND a.valid_from <= now()
            AND (a.valid_to IS NULL OR a.valid_to > now())) THEN
        RAISE EXCEPTION '% is not a % now', who, wanted USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;

CREATE FUNCTION herun_change_account(
    who text, id text, name text, role text, unit text, valid_from timestamptz, valid_to timestamptz,
    person text
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM herun_administers(who, 'security_admin');
    IF who = herun_change_account.id THEN
        RAISE EXCEPTION 'nobody changes an account of their own' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO account AS a (id, name, role, unit, valid_from, valid_to, person)
    VALUES (herun_change_account.id, herun_change_account.name, herun_change_account.role,
        herun_change_account.unit, coalesce(herun_change_account.valid_from, now()),
        herun_change_account.valid_to, herun_change_account.person)
    ON CONFLICT ON CONSTRAINT account_pkey DO UPDATE SET name = excluded.name, role = excluded.role,
        unit = excluded.unit, valid_to = excluded.valid_to, person = excluded.person,
        valid_from = coalesce(herun_change_account.valid_from, a.valid_from);
END
$$;

CREATE FUNCTION herun_change_organisation(
    who text, unit text, kind text, name_zh text, name_en text, aliases text[], valid_from date,
    valid_to date, successor text
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM herun_administers(who, 'system_admin');
    INSERT INTO organisation (unit, kind, name_zh, name_en, aliases, valid_from, valid_to, successor)
    VALUES ($2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT ON CONSTRAINT organisation_pkey DO UPDATE SET kind = excluded.kind,
        name_zh = excluded.name_zh, name_en = excluded.name_en, aliases = excluded.aliases,
        valid_from = excluded.valid_from, valid_to = excluded.valid_to, successor = excluded.successor;
END
$$;

CREATE FUNCTION herun_change_matter(
    who text, matter text, parent text, name_zh text, name_en text, aliases text[], route text,
    service text, lead text, co_units text[], urgent boolean, paper_only boolean, retired boolean
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM herun_administers(who, 'system_admin');
    INSERT INTO catalogue (matter, parent, name_zh, name_en, aliases, route, service, lead, co_units,
        urgent, paper_only, retired_at)
    VALUES ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, CASE WHEN retired THEN now() END)
    ON CONFLICT ON CONSTRAINT catalogue_pkey DO UPDATE SET parent = excluded.parent,
        name_zh = excluded.name_zh, name_en = excluded.name_en, aliases = excluded.aliases,
        route = excluded.route, service = excluded.service, lead = excluded.lead,
        co_units = excluded.co_units, urgent = excluded.urgent, paper_only = excluded.paper_only,
        retired_at = excluded.retired_at;
END
$$;

REVOKE EXECUTE ON FUNCTION herun_files_in_use, herun_administers, herun_change_account,
    herun_change_organisation, herun_change_matter FROM PUBLIC;
GRANT EXECUTE ON FUNCTION herun_files_in_use TO herun_door, herun_ledger;
GRANT EXECUTE ON FUNCTION herun_change_account, herun_change_organisation, herun_change_matter TO herun_door;

GRANT SELECT, INSERT, UPDATE ON credential TO herun_door;
GRANT SELECT, INSERT, DELETE ON recovery_code TO herun_door;
GRANT UPDATE (used_at) ON recovery_code TO herun_door;
GRANT SELECT, INSERT, DELETE ON session TO herun_door;
GRANT UPDATE (seen_at, ended_at, ended_by) ON session TO herun_door;
GRANT SELECT, INSERT, DELETE ON one_time_code TO herun_door;
GRANT UPDATE (tries, used_at) ON one_time_code TO herun_door;
GRANT SELECT, INSERT ON follow_link TO herun_door;
GRANT UPDATE (revoked_at) ON follow_link TO herun_door;
GRANT SELECT, INSERT, DELETE ON outbox_message TO herun_door;
