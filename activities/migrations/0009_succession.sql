-- 机构撤并，职责由承接单位承担：登记簿里职责的责任单位随之改变。
-- A body is abolished and its duties pass to another (《信访工作条例》第24条): in the register their owner changes.

ALTER TYPE duty_change ADD ATTRIBUTE owner_unit text;

CREATE OR REPLACE FUNCTION herun_change_duties(changes duty_change[]) RETURNS void LANGUAGE plpgsql AS $$
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
        mark = coalesce(c.mark, d.mark),
        owner_unit = coalesce(c.owner_unit, d.owner_unit)
    FROM unnest(changes) c WHERE d.case_no = c.case_no AND d.number = c.number;
END
$$;
