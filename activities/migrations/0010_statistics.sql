-- 统计不随登记簿增长：按日按月的计数，职责按时与否按单位、事项、社区分列；保密案件只计件数。
-- Statistics that cost the same however many cases there are: counts by day besides week and month, and of being on time by
-- unit, matter and community. They follow from the register in the same settling as the city's counts (0008).

-- 被检举控告的单位也记在分件上，列表不必回查立案事件。A part repeats whom its parent accuses, so that no list reads an opening.
UPDATE case_register r SET accused = e.data::jsonb #>> '{opening,parent,accused}'
FROM event e WHERE e.case_no = r.case_no AND e.seq = 1 AND r.parent_no IS NOT NULL AND r.accused IS NULL
    AND e.data::jsonb #>> '{opening,parent,accused}' IS NOT NULL;
COMMENT ON COLUMN case_register.accused IS 'The unit that the petition, or the petition this is a part of, accuses.';

-- 各数从头算起。All of it is counted from the beginning, by whoever looks next.
TRUNCATE case_tally, tally, tally_due;
INSERT INTO tally_due SELECT case_no FROM case_register;

ALTER TABLE case_tally
    ADD COLUMN breaches integer NOT NULL,
    ADD COLUMN overdue boolean NOT NULL,
    ADD COLUMN unreported boolean NOT NULL;
COMMENT ON COLUMN case_tally.overdue IS 'Something is still owed whose date has passed.';
COMMENT ON COLUMN case_tally.unreported IS 'A department owes a whistle its signature, contact or report (吹哨后未报到).';
ALTER TABLE tally
    ADD COLUMN breaches integer NOT NULL,
    ADD COLUMN overdue integer NOT NULL,
    ADD COLUMN unreported integer NOT NULL;
ALTER TABLE tally DROP CONSTRAINT tally_grain_check;
ALTER TABLE tally ADD CONSTRAINT tally_grain_check CHECK (grain IN ('day', 'week', 'month'));
COMMENT ON COLUMN tally.bucket IS
    'The day, the Monday or the first of the month in which cases were opened, China Standard Time; days of all and hidden only.';
CREATE INDEX tally_by_dimension ON tally (grain, dimension, code, bucket);
CREATE INDEX case_tally_by_community ON case_tally (community, opened_at, case_no);
CREATE INDEX case_tally_by_unit ON case_tally (unit, opened_at, case_no);

-- 数目背后的案件：少见的也不必翻遍全年。The cases behind a number: rare ones are found without going through a year.
CREATE INDEX case_tally_overdue ON case_tally (opened_at, case_no) WHERE overdue;
CREATE INDEX case_tally_unreported ON case_tally (opened_at, case_no) WHERE unreported;
CREATE INDEX case_tally_breached ON case_tally (opened_at, case_no) WHERE breached;
CREATE INDEX case_tally_late ON case_tally (opened_at, case_no) WHERE response_due AND NOT response_in_time;
CREATE INDEX case_tally_unresolved ON case_tally (opened_at, case_no) WHERE visited AND NOT resolved;
CREATE INDEX case_tally_dissatisfied ON case_tally (opened_at, case_no) WHERE grade <= 2;

-- 现存职责按案件种类、到期先后：督看者逐页翻。职责种类以案件种类开头，故一个索引代替两个。
-- Open duties by kind of case as they fall due, page by page; kinds of duty begin with it, so that one index stands for two.
DROP INDEX duty_overdue, duty_open_kind;
CREATE INDEX duty_by_case_kind ON duty_register (case_kind, legal_due, case_no, number) WHERE status = 'open';

CREATE TABLE case_obligations (
    case_no text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    drill boolean NOT NULL,
    kind text COLLATE "C" NOT NULL,
    community text COLLATE "C" NOT NULL,
    matter text COLLATE "C" NOT NULL,
    opened_at timestamptz NOT NULL,
    total integer NOT NULL,
    decided integer NOT NULL,
    in_time integer NOT NULL,
    PRIMARY KEY (case_no, unit)
);
COMMENT ON TABLE case_obligations IS 'What each unit owed in each case that is not confidential.';
COMMENT ON COLUMN case_obligations.total IS 'Relieved ones left out unless they had been breached.';
COMMENT ON COLUMN case_obligations.decided IS 'Fulfilled or breached: the denominator of being on time.';
CREATE INDEX obligations_by_opened_at ON case_obligations (opened_at);
CREATE INDEX obligations_by_community ON case_obligations (community, opened_at);
CREATE INDEX obligations_by_unit ON case_obligations (unit, opened_at);

CREATE TABLE obligation_tally (
    drill boolean NOT NULL,
    grain text COLLATE "C" NOT NULL CHECK (grain IN ('day', 'month')),
    bucket date NOT NULL,
    dimension text COLLATE "C" NOT NULL CHECK (dimension IN ('unit', 'matter', 'community')),
    kind text COLLATE "C" NOT NULL,
    code text COLLATE "C" NOT NULL,
    total integer NOT NULL,
    decided integer NOT NULL,
    in_time integer NOT NULL,
    PRIMARY KEY (drill, grain, bucket, dimension, kind, code)
);

-- 公式与 0008 同，另加逾期次数、现有逾期、未报到。As in 0008, and how often a date was missed, and what is owed now.
CREATE OR REPLACE FUNCTION herun_measured(wanted text[]) RETURNS SETOF case_tally LANGUAGE sql STABLE AS $$
    SELECT r.case_no, r.drill, r.kind, r.town, r.community, coalesce(r.unit, ''), r.matter, r.rulebook,
        r.opened_at,
        r.confidential OR r.kind = 'petition' AND r.category IS NULL OR r.accused IS NOT NULL,
        r.closed_at IS NOT NULL, r.breaches > 0, d.status IS NOT NULL,
        coalesce(d.breached_at IS NOT NULL OR d.status = 'fulfilled', false),
        coalesce(d.breached_at IS NULL AND d.status = 'fulfilled', false),
        v.seq IS NOT NULL,
        coalesce(v.resolution >= 3, v.seq IS NOT NULL AND r.outcome = 'agreed_performed', false),
        CASE WHEN v.seq IS NULL THEN NULL ELSE coalesce(
            floor((v.speed + v.attitude + v.resolution) / 3.0 + 0.5)::smallint,
            CASE WHEN v.satisfied THEN 4 ELSE 2 END) END,
        r.breaches, coalesce(o.overdue, false), coalesce(o.unreported, false)
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
    LEFT JOIN LATERAL (
        SELECT bool_or(p.breached_at IS NOT NULL) AS overdue,
            bool_or(p.kind IN ('whistle.sign', 'whistle.contact', 'whistle.report')) AS unreported
        FROM duty_register p WHERE p.case_no = r.case_no AND p.status = 'open'
    ) o ON true
    WHERE r.case_no = ANY(wanted)
$$;

-- 出者减，入者加，一格只写一次；按日只计全部与保密两项。
-- What goes out is subtracted and what comes in added, each cell written once; by day only the whole and what is hidden.
DROP FUNCTION herun_add_tally;
CREATE FUNCTION herun_move_tally(past case_tally[], present case_tally[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO tally AS t (drill, grain, dimension, bucket, town, kind, code, rulebook, cases, closed, breached,
        response_of, response_due, response_in_time, visited, resolved, grade_1, grade_2, grade_3, grade_4, grade_5,
        breaches, overdue, unreported)
    SELECT c.drill, g.grain, x.dimension, date_trunc(g.grain, c.opened_at AT TIME ZONE INTERVAL '8 hours')::date,
        c.town, c.kind, x.code, c.rulebook, sum(n), sum(n * closed::int), sum(n * breached::int),
        sum(n * response_of::int), sum(n * response_due::int), sum(n * response_in_time::int),
        sum(n * visited::int), sum(n * resolved::int), sum(n * (grade IS NOT DISTINCT FROM 1)::int),
        sum(n * (grade IS NOT DISTINCT FROM 2)::int), sum(n * (grade IS NOT DISTINCT FROM 3)::int),
        sum(n * (grade IS NOT DISTINCT FROM 4)::int), sum(n * (grade IS NOT DISTINCT FROM 5)::int),
        sum(n * breaches), sum(n * overdue::int), sum(n * unreported::int)
    FROM (SELECT -1 AS n, p.* FROM unnest(past) p UNION ALL SELECT 1, p.* FROM unnest(present) p) c
    CROSS JOIN (VALUES ('day'), ('week'), ('month')) g (grain)
    CROSS JOIN LATERAL (
        VALUES ('all', ''), ('unit', c.unit), ('matter', c.matter), ('community', c.community), ('hidden', '')
    ) x (dimension, code)
    WHERE (x.dimension = 'hidden') = c.hidden AND (g.grain <> 'day' OR x.dimension IN ('all', 'hidden'))
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
    ON CONFLICT (drill, grain, bucket, dimension, town, kind, code, rulebook) DO UPDATE SET
        cases = t.cases + excluded.cases, closed = t.closed + excluded.closed,
        breached = t.breached + excluded.breached, response_of = t.response_of + excluded.response_of,
        response_due = t.response_due + excluded.response_due,
        response_in_time = t.response_in_time + excluded.response_in_time,
        visited = t.visited + excluded.visited, resolved = t.resolved + excluded.resolved,
        grade_1 = t.grade_1 + excluded.grade_1, grade_2 = t.grade_2 + excluded.grade_2,
        grade_3 = t.grade_3 + excluded.grade_3, grade_4 = t.grade_4 + excluded.grade_4,
        grade_5 = t.grade_5 + excluded.grade_5, breaches = t.breaches + excluded.breaches,
        overdue = t.overdue + excluded.overdue, unreported = t.unreported + excluded.unreported
$$;

CREATE FUNCTION herun_owed(cases case_tally[]) RETURNS SETOF case_obligations LANGUAGE sql STABLE AS $$
    SELECT c.case_no, d.owner_unit, c.drill, c.kind, c.community, c.matter, c.opened_at, count(*),
        count(*) FILTER (WHERE d.breached_at IS NOT NULL OR d.status = 'fulfilled'),
        count(*) FILTER (WHERE d.breached_at IS NULL AND d.status = 'fulfilled')
    FROM unnest(cases) c JOIN duty_register d ON d.case_no = c.case_no
    WHERE NOT c.hidden AND d.nature = 'obligation' AND d.owner_unit IS NOT NULL
        AND (d.status <> 'relieved' OR d.breached_at IS NOT NULL)
    GROUP BY c.case_no, d.owner_unit, c.drill, c.kind, c.community, c.matter, c.opened_at
$$;

CREATE FUNCTION herun_move_obligations(past case_obligations[], present case_obligations[]) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO obligation_tally AS t (drill, grain, bucket, dimension, kind, code, total, decided, in_time)
    SELECT o.drill, g.grain, date_trunc(g.grain, o.opened_at AT TIME ZONE INTERVAL '8 hours')::date, x.dimension,
        o.kind, x.code, sum(n * o.total), sum(n * o.decided), sum(n * o.in_time)
    FROM (SELECT -1 AS n, p.* FROM unnest(past) p UNION ALL SELECT 1, p.* FROM unnest(present) p) o
    CROSS JOIN (VALUES ('day'), ('month')) g (grain)
    CROSS JOIN LATERAL (
        VALUES ('unit', o.unit), ('matter', o.matter), ('community', o.community)
    ) x (dimension, code)
    GROUP BY 1, 2, 3, 4, 5, 6
    ON CONFLICT (drill, grain, bucket, dimension, kind, code) DO UPDATE SET
        total = t.total + excluded.total, decided = t.decided + excluded.decided,
        in_time = t.in_time + excluded.in_time
$$;

-- 只动有变化的行。Rows that are as they were are left alone.
CREATE FUNCTION herun_settle_cases(wanted text[], measured case_tally[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    past case_tally[];
    present case_tally[];
BEGIN
    SELECT array_agg(t) INTO past FROM (
        SELECT * FROM case_tally WHERE case_no = ANY(wanted) EXCEPT SELECT * FROM unnest(measured)) t;
    SELECT array_agg(t) INTO present FROM (
        SELECT * FROM unnest(measured) EXCEPT SELECT * FROM case_tally WHERE case_no = ANY(wanted)) t;
    DELETE FROM case_tally t USING unnest(past) p WHERE t.case_no = p.case_no;
    INSERT INTO case_tally SELECT * FROM unnest(present);
    PERFORM herun_move_tally(past, present);
END
$$;

CREATE FUNCTION herun_settle_obligations(wanted text[], measured case_tally[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    owed case_obligations[];
    past case_obligations[];
    present case_obligations[];
BEGIN
    SELECT array_agg(o) INTO owed FROM herun_owed(measured) o;
    SELECT array_agg(t) INTO past FROM (
        SELECT * FROM case_obligations WHERE case_no = ANY(wanted) EXCEPT SELECT * FROM unnest(owed)) t;
    SELECT array_agg(t) INTO present FROM (
        SELECT * FROM unnest(owed) EXCEPT SELECT * FROM case_obligations WHERE case_no = ANY(wanted)) t;
    DELETE FROM case_obligations t USING unnest(past) p WHERE t.case_no = p.case_no AND t.unit = p.unit;
    INSERT INTO case_obligations SELECT * FROM unnest(present);
    PERFORM herun_move_obligations(past, present);
END
$$;

CREATE OR REPLACE FUNCTION herun_settle_tally(most integer) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    wanted text[];
    measured case_tally[];
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
    SELECT array_agg(m) INTO measured FROM herun_measured(wanted) m;
    PERFORM herun_settle_cases(wanted, measured);
    PERFORM herun_settle_obligations(wanted, measured);
    RETURN cardinality(wanted);
END
$$;

REVOKE EXECUTE ON FUNCTION herun_owed, herun_move_tally, herun_move_obligations, herun_settle_cases,
    herun_settle_obligations FROM PUBLIC;
GRANT SELECT ON case_obligations, obligation_tally TO herun_door, herun_reader;
