-- 督办总览：按周按月的计数，与登记簿同样由台账推算；改动先排队，看的人来时一次算清。规则与日历版本的启用日程。
-- The city on one page: counts by week and month, which follow from the register. A change queues its case, at the price
-- of one row; whoever looks settles the queue first, so counts are exact and writers never wait for one another.

CREATE TABLE tally_due (case_no text COLLATE "C" NOT NULL);

CREATE TABLE case_tally (
    case_no text COLLATE "C" PRIMARY KEY,
    drill boolean NOT NULL,
    kind text COLLATE "C" NOT NULL,
    town text COLLATE "C" NOT NULL,
    community text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    matter text COLLATE "C" NOT NULL,
    rulebook text COLLATE "C" NOT NULL,
    opened_at timestamptz NOT NULL,
    hidden boolean NOT NULL,
    closed boolean NOT NULL,
    breached boolean NOT NULL,
    response_of boolean NOT NULL,
    response_due boolean NOT NULL,
    response_in_time boolean NOT NULL,
    visited boolean NOT NULL,
    resolved boolean NOT NULL,
    grade smallint CHECK (grade BETWEEN 1 AND 5)
);
COMMENT ON COLUMN case_tally.hidden IS 'Confidential: counted, never listed to those who supervise.';
COMMENT ON COLUMN case_tally.unit IS 'Whom the case is with; empty where nobody is.';
COMMENT ON COLUMN case_tally.grade IS 'The last valid rating of a closed case, 5 the best.';
CREATE INDEX case_tally_by_opened_at ON case_tally (opened_at, case_no);
CREATE INDEX case_tally_open ON case_tally (opened_at, case_no) WHERE NOT closed;

CREATE TABLE tally (
    drill boolean NOT NULL,
    grain text COLLATE "C" NOT NULL CHECK (grain IN ('week', 'month')),
    dimension text COLLATE "C" NOT NULL CHECK (dimension IN ('all', 'unit', 'matter', 'community', 'hidden')),
    bucket date NOT NULL,
    town text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    code text COLLATE "C" NOT NULL,
    rulebook text COLLATE "C" NOT NULL,
    cases integer NOT NULL,
    closed integer NOT NULL,
    breached integer NOT NULL,
    response_of integer NOT NULL,
    response_due integer NOT NULL,
    response_in_time integer NOT NULL,
    visited integer NOT NULL,
    resolved integer NOT NULL,
    grade_1 integer NOT NULL,
    grade_2 integer NOT NULL,
    grade_3 integer NOT NULL,
    grade_4 integer NOT NULL,
    grade_5 integer NOT NULL,
    PRIMARY KEY (drill, grain, bucket, dimension, town, kind, code, rulebook)
);
COMMENT ON COLUMN tally.bucket IS 'The Monday or the first of the month in which cases were opened, China Standard Time.';

CREATE FUNCTION herun_tally_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tally_due SELECT case_no FROM changed;
    RETURN NULL;
END
$$;
CREATE TRIGGER case_is_new AFTER INSERT ON case_register REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION herun_tally_changed();
CREATE TRIGGER case_has_changed AFTER UPDATE ON case_register REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION herun_tally_changed();
CREATE TRIGGER case_is_gone AFTER DELETE ON case_register REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION herun_tally_changed();

-- 公式与 api/counting.py 同。The formulas are those of api/counting.py; a test holds them together.
CREATE FUNCTION herun_measured(wanted text[]) RETURNS SETOF case_tally LANGUAGE sql STABLE AS $$
    SELECT r.case_no, r.drill, r.kind, r.town, r.community, coalesce(r.unit, ''), r.matter, r.rulebook,
        r.opened_at,
        r.confidential OR r.kind = 'petition' AND r.category IS NULL OR r.accused IS NOT NULL
            OR r.parent_no IS NOT NULL AND EXISTS (
                SELECT FROM event e WHERE e.case_no = r.case_no AND e.seq = 1
                    AND e.data::jsonb #>> '{opening,parent,accused}' IS NOT NULL),
        r.closed_at IS NOT NULL, r.breaches > 0, d.status IS NOT NULL,
        coalesce(d.breached_at IS NOT NULL OR d.status = 'fulfilled', false),
        coalesce(d.breached_at IS NULL AND d.status = 'fulfilled', false),
        v.seq IS NOT NULL,
        coalesce(v.resolution >= 3, v.seq IS NOT NULL AND r.outcome = 'agreed_performed', false),
        CASE WHEN v.seq IS NULL THEN NULL ELSE coalesce(
            floor((v.speed + v.attitude + v.resolution) / 3.0 + 0.5)::smallint,
            CASE WHEN v.satisfied THEN 4 ELSE 2 END) END
    FROM case_register r
    LEFT JOIN LATERAL (
        SELECT f.status, f.breached_at FROM duty_register f
        WHERE f.case_no = r.case_no AND f.kind IN ('order.review', 'order.accept', 'mediation.sign',
            'petition.sort', 'whistle.approve', 'whistle.ratify')
        ORDER BY f.number LIMIT 1
    ) d ON true
    LEFT JOIN LATERAL (
        SELECT g.* FROM rating_register g
        WHERE g.case_no = r.case_no AND r.closed_at IS NOT NULL
            AND (g.rater = 'resident' OR g.rater = 'return_visit' AND g.satisfied IS NOT NULL)
        ORDER BY g.seq DESC LIMIT 1
    ) v ON true
    WHERE r.case_no = ANY(wanted)
$$;

CREATE FUNCTION herun_add_tally(cases case_tally[], sign integer) RETURNS void LANGUAGE sql AS $$
    INSERT INTO tally AS t
    SELECT c.drill, g.grain, x.dimension, date_trunc(g.grain, c.opened_at AT TIME ZONE INTERVAL '8 hours')::date, c.town, c.kind,
        x.code, c.rulebook, sign * count(*), sign * count(*) FILTER (WHERE closed),
        sign * count(*) FILTER (WHERE breached), sign * count(*) FILTER (WHERE response_of),
        sign * count(*) FILTER (WHERE response_due), sign * count(*) FILTER (WHERE response_in_time),
        sign * count(*) FILTER (WHERE visited), sign * count(*) FILTER (WHERE resolved),
        sign * count(*) FILTER (WHERE grade = 1), sign * count(*) FILTER (WHERE grade = 2),
        sign * count(*) FILTER (WHERE grade = 3), sign * count(*) FILTER (WHERE grade = 4),
        sign * count(*) FILTER (WHERE grade = 5)
    FROM unnest(cases) c
    CROSS JOIN (VALUES ('week'), ('month')) g (grain)
    CROSS JOIN LATERAL (
        VALUES ('all', ''), ('unit', c.unit), ('matter', c.matter), ('community', c.community), ('hidden', '')
    ) x (dimension, code)
    WHERE (x.dimension = 'hidden') = c.hidden
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
    ON CONFLICT (drill, grain, bucket, dimension, town, kind, code, rulebook) DO UPDATE SET
        cases = t.cases + excluded.cases, closed = t.closed + excluded.closed,
        breached = t.breached + excluded.breached, response_of = t.response_of + excluded.response_of,
        response_due = t.response_due + excluded.response_due,
        response_in_time = t.response_in_time + excluded.response_in_time,
        visited = t.visited + excluded.visited, resolved = t.resolved + excluded.resolved,
        grade_1 = t.grade_1 + excluded.grade_1, grade_2 = t.grade_2 + excluded.grade_2,
        grade_3 = t.grade_3 + excluded.grade_3, grade_4 = t.grade_4 + excluded.grade_4,
        grade_5 = t.grade_5 + excluded.grade_5
$$;

-- 每次至多若干件，返回所算件数；同时来的人依次等候。So many at most at a time; whoever comes meanwhile waits.
CREATE FUNCTION herun_settle_tally(most integer) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    wanted text[];
    past case_tally[];
    present case_tally[];
BEGIN
    IF NOT EXISTS (SELECT FROM tally_due) THEN
        RETURN 0;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('herun tally'));
    WITH first AS (SELECT ctid AS place FROM tally_due LIMIT most),
        gone AS (DELETE FROM tally_due d USING first f WHERE d.ctid = f.place RETURNING d.case_no)
    SELECT array_agg(DISTINCT case_no) INTO wanted FROM gone;
    IF wanted IS NULL THEN
        RETURN 0;
    END IF;
    SELECT array_agg(t) INTO past FROM case_tally t WHERE t.case_no = ANY(wanted);
    SELECT array_agg(m) INTO present FROM herun_measured(wanted) m;
    DELETE FROM case_tally t WHERE t.case_no = ANY(wanted);
    INSERT INTO case_tally SELECT (unnest(present)).*;
    PERFORM herun_add_tally(past, -1);
    PERFORM herun_add_tally(present, 1);
    RETURN cardinality(wanted);
END
$$;

CREATE INDEX duty_overdue ON duty_register (case_no) WHERE status = 'open' AND breached_at IS NOT NULL;
CREATE INDEX duty_open_kind ON duty_register (kind, legal_due, case_no) WHERE status = 'open';

INSERT INTO tally_due SELECT case_no FROM case_register;

REVOKE EXECUTE ON FUNCTION herun_settle_tally, herun_add_tally, herun_measured FROM PUBLIC;
GRANT INSERT ON tally_due TO herun_ledger;
GRANT EXECUTE ON FUNCTION herun_settle_tally TO herun_door, herun_ledger;
GRANT SELECT ON tally, case_tally, tally_due TO herun_door, herun_reader;

-- 新案件自某日起采用哪一版；已立案件不变。Which edition new cases pin from a day on; cases already open keep theirs.
CREATE TABLE edition_schedule (
    of text COLLATE "C" NOT NULL CHECK (of IN ('rulebook', 'calendar')),
    from_day date NOT NULL,
    digest text COLLATE "C" NOT NULL,
    edition text NOT NULL,
    by text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (of, from_day)
);

CREATE FUNCTION herun_schedule_edition(who text, of text, from_day date, digest text, edition text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM herun_administers(who, 'system_admin');
    IF $3 <= (now() AT TIME ZONE INTERVAL '8 hours')::date THEN
        RAISE EXCEPTION 'what has begun stays as it is' USING ERRCODE = 'check_violation';
    END IF;
    DELETE FROM edition_schedule s WHERE s.of = $2 AND s.from_day = $3;
    IF $4 IS NOT NULL THEN
        INSERT INTO edition_schedule (of, from_day, digest, edition, by) VALUES ($2, $3, $4, $5, $1);
    END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION herun_schedule_edition FROM PUBLIC;
GRANT EXECUTE ON FUNCTION herun_schedule_edition TO herun_door;
GRANT SELECT ON edition_schedule TO herun_door, herun_reader;
