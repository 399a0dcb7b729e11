-- 一次往返、一个事务：写台账并更新登记簿。One round trip, one transaction: events and what follows from them.

CREATE TYPE ledger_head AS (case_no text, seq integer, hash bytea);

CREATE TYPE ledger_line AS (
    case_no text, seq integer, at timestamptz, kind text, act text, account text, role text, unit text,
    on_behalf_of text, act_id text, cause integer, rule text, data text, prev bytea, hash bytea
);

-- 空值表示不变，计数为增量。Null leaves a column as it is; counters are added.
CREATE TYPE case_change AS (
    case_no text, stage text, level text, matter text, service text, unit text, lead text,
    closed_at timestamptz, outcome text, calendar text, colour text, category text, accused text,
    confidential boolean, responded_at timestamptz, resolved boolean, units text[], breaches integer,
    escalations integer, extensions integer, returns integer, send_backs integer, last_seq integer,
    last_at timestamptz
);

CREATE TYPE duty_change AS (
    case_no text, number integer, internal_due timestamptz, legal_due timestamptz, provisional boolean,
    paused boolean, extended_days integer, status text, breached_at timestamptz, settled_at timestamptz,
    why text, mark text
);

CREATE TYPE link_change AS (case_no text, number text, waived boolean, outcome text);

CREATE FUNCTION herun_units(before text[], more text[]) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(DISTINCT u COLLATE "C" ORDER BY u COLLATE "C") FROM unnest(before || more) u
$$;

CREATE FUNCTION herun_change_cases(changes case_change[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE case_register r SET
        stage = coalesce(c.stage, r.stage),
        level = coalesce(c.level, r.level),
        matter = coalesce(c.matter, r.matter),
        service = coalesce(c.service, r.service),
        unit = coalesce(c.unit, r.unit),
        lead = coalesce(c.lead, r.lead),
        closed_at = coalesce(c.closed_at, r.closed_at),
        outcome = coalesce(c.outcome, r.outcome),
        calendar = coalesce(c.calendar, r.calendar),
        colour = coalesce(c.colour, r.colour),
        category = coalesce(c.category, r.category),
        accused = coalesce(c.accused, r.accused),
        confidential = coalesce(c.confidential, r.confidential),
        responded_at = coalesce(r.responded_at, c.responded_at),
        resolved = coalesce(c.resolved, r.resolved),
        units = CASE WHEN c.units <@ r.units THEN r.units ELSE herun_units(r.units, c.units) END,
        breaches = r.breaches + c.breaches,
        escalations = r.escalations + c.escalations,
        extensions = r.extensions + c.extensions,
        returns = r.returns + c.returns,
        send_backs = r.send_backs + c.send_backs,
        last_seq = c.last_seq,
        last_at = c.last_at
    FROM unnest(changes) c WHERE r.case_no = c.case_no;
    -- a duty shows the matter its case has now, so that the order of writing does not matter
    IF EXISTS (SELECT FROM unnest(changes) c WHERE c.matter IS NOT NULL) THEN
        UPDATE duty_register d SET matter = c.matter
        FROM unnest(changes) c WHERE d.case_no = c.case_no AND c.matter IS NOT NULL;
    END IF;
END
$$;

CREATE FUNCTION herun_change_duties(changes duty_change[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE duty_register d SET
        internal_due = coalesce(c.internal_due, d.internal_due),
        legal_due = coalesce(c.legal_due, d.legal_due),
        provisional = coalesce(c.provisional, d.provisional),
        paused = coalesce(c.paused, d.paused),
        extended_days = d.extended_days + c.extended_days,
        status = coalesce(c.status, d.status),
        breached_at = coalesce(c.breached_at, d.breached_at),
        settled_at = coalesce(c.settled_at, d.settled_at),
        why = coalesce(c.why, d.why),
        mark = coalesce(c.mark, d.mark)
    FROM unnest(changes) c WHERE d.case_no = c.case_no AND d.number = c.number;
END
$$;

-- 行数总是很少：计划只用索引，不因会话早先见到的空表而走全表扫描。
-- Rows are always few: plans keep to the indexes, whatever size a session first saw the tables in.
CREATE FUNCTION herun_register(
    cases case_register[], case_changes case_change[], duties duty_register[], duty_changes duty_change[],
    links link_register[], link_changes link_change[], ratings rating_register[], refs content_ref[]
) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF cardinality(cases) > 0 THEN
        INSERT INTO case_register SELECT * FROM unnest(cases);
    END IF;
    IF cardinality(case_changes) > 0 THEN
        PERFORM herun_change_cases(case_changes);
    END IF;
    IF cardinality(duties) > 0 THEN
        INSERT INTO duty_register
        SELECT d.case_no, d.number, d.kind, d.nature, d.owner_unit, d.owner_roles, d.owner_party, d.rule,
            d.about, d.counted_from, d.internal_due, d.legal_due, d.provisional, d.paused, d.extended_days,
            d.status, d.breached_at, d.settled_at, d.why, d.mark, d.opened_seq, d.opened_at,
            r.drill, r.kind, r.matter, r.community
        FROM unnest(duties) d JOIN case_register r ON r.case_no = d.case_no;
    END IF;
    IF cardinality(duty_changes) > 0 THEN
        PERFORM herun_change_duties(duty_changes);
    END IF;
    IF cardinality(links) > 0 THEN
        INSERT INTO link_register SELECT * FROM unnest(links) ON CONFLICT (case_no, number) DO NOTHING;
    END IF;
    IF cardinality(link_changes) > 0 THEN
        UPDATE link_register l
        SET waived = coalesce(c.waived, l.waived), outcome = coalesce(c.outcome, l.outcome)
        FROM unnest(link_changes) c WHERE l.case_no = c.case_no AND l.number = c.number;
    END IF;
    IF cardinality(ratings) > 0 THEN
        INSERT INTO rating_register SELECT * FROM unnest(ratings);
    END IF;
    IF cardinality(refs) > 0 THEN
        INSERT INTO content_ref SELECT * FROM unnest(refs) ON CONFLICT DO NOTHING;
    END IF;
END
$$;

-- 若某案的末条不是所承接的那一条，则一字不写，返回该案与其实有末条。If a case does not end where the request
-- takes on, nothing at all is written, and every such case comes back with its last event.
CREATE FUNCTION herun_record(
    heads ledger_head[], lines ledger_line[],
    cases case_register[], case_changes case_change[], duties duty_register[], duty_changes duty_change[],
    links link_register[], link_changes link_change[], ratings rating_register[], refs content_ref[]
) RETURNS SETOF text LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    RETURN QUERY
        SELECT h.case_no FROM unnest(heads) h
        LEFT JOIN LATERAL (
            SELECT e.seq, e.hash FROM event e WHERE e.case_no = h.case_no ORDER BY e.seq DESC LIMIT 1
        ) last ON true
        WHERE coalesce(last.seq, 0) <> h.seq OR coalesce(last.hash, '') <> h.hash;
    IF FOUND THEN
        RETURN;
    END IF;
    INSERT INTO event (case_no, seq, at, kind, act, account, role, unit, on_behalf_of, act_id, cause, rule,
        data, prev, hash)
    SELECT * FROM unnest(lines);
    PERFORM herun_register(
        cases, case_changes, duties, duty_changes, links, link_changes, ratings, refs);
    DELETE FROM trouble t USING unnest(heads) h WHERE t.case_no = h.case_no;
END
$$;

REVOKE EXECUTE ON FUNCTION herun_record, herun_register, herun_change_cases, herun_change_duties FROM PUBLIC;
GRANT EXECUTE ON FUNCTION herun_record, herun_register, herun_change_cases, herun_change_duties TO herun_ledger;
