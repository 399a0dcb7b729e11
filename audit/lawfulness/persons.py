"""Whether everybody who acted was one who might: by office, by an open duty, or by a standing right."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from audit.findings import Finding
from audit.lawfulness.codes import LawCode
from audit.lawfulness.story import Line, Story, within
from audit.lawfulness.tables import BLOWERS, DUTIES, NO_BUSINESS, PRESSERS, RECORDERS, STAFF, STANDING


@dataclass(slots=True)
class _Known:
    """What the record has told before an act: units the case touched, cases it opened, who stepped aside."""

    units: set[str]
    parts: set[str] = field(default_factory=set)
    recused: set[str] = field(default_factory=set)


def act_as_they_may(story: Story) -> Iterator[Finding]:
    """Every act: the actor's office, what the act answers, and the right to it."""
    known = _Known({story.offices["community"], story.offices["town"]})
    if unit := story.opened.actor.get("unit"):
        known.units.add(unit)
    for line in story.lines:
        if line.kind == "acted":
            yield from _check(story, known, line)
        _learn(known, line)


def _check(story: Story, known: _Known, act: Line) -> Iterator[Finding]:
    actor = act.actor
    if not _is_somebody(story, known, act):
        yield story.finding(LawCode.ROLE, act, "an office that may act here", dict(actor), act.act)
    if actor["role"] != "case" and actor["account"] in known.recused:
        yield story.finding(LawCode.RECUSED_ACTED, act, "nobody who stepped aside", actor["account"])
    if act.data["duty"] is not None:
        yield from _check_duty(story, act)
    elif story.kind not in STANDING.get(act.act, {}):
        yield story.finding(LawCode.ACT_UNKNOWN, act, f"an act of {story.kind}", act.act)
    elif not _has_right(story, known, act, STANDING[act.act][story.kind]):
        yield story.finding(LawCode.NO_RIGHT, act, STANDING[act.act][story.kind], dict(actor), act.act)


def _is_somebody(story: Story, known: _Known, act: Line) -> bool:
    """A resident has no office, a case neither, staff have one; who writes down for a party may do so."""
    actor = act.actor
    role, unit, party = actor["role"], actor.get("unit"), actor.get("on_behalf_of")
    if role in ("resident", "case"):
        return unit is None and party is None
    if role not in STAFF or role in NO_BUSINESS or unit is None:
        return False
    if role == "system_admin" and act.act not in ("adopt_calendar", "succeed"):
        return False
    return party is None or (role in RECORDERS and party in story.parties and unit in known.units)


def _check_duty(story: Story, act: Line) -> Iterator[Finding]:
    duty = story.duties.get(act.data["duty"])
    law = DUTIES.get(duty.kind) if duty is not None else None
    if duty is None or law is None or not duty.was_open(act.seq):
        yield story.finding(LawCode.ANSWERS_NOTHING, act, "an open duty", act.data["duty"], act.act)
        return
    if act.act not in law.met_by and act.act not in law.also:
        yield story.finding(LawCode.ANSWERS_NOTHING, act, law.met_by | law.also, act.act, duty.name)
    if not duty.is_owed_by(act.actor, act.party, act.seq):
        owner = {**duty.terms["owner"], "unit": duty.unit_at(act.seq)}
        yield story.finding(LawCode.NOT_OWNER, act, owner, dict(act.actor), duty.name)
    about = act.fields.get("order") or act.fields.get("department")
    if about and duty.terms.get("about") not in (None, "", about, *_predecessors(story, about, act.seq)):
        yield story.finding(LawCode.ANSWERS_NOTHING, act, duty.terms["about"], about, duty.name)


def _predecessors(story: Story, unit: str, seq: int) -> Iterator[str]:
    """Bodies for which a unit answered just before an event, since they were abolished."""
    for act in story.acts("succeed"):
        if story.standing(act.fields["abolished"], seq) == unit:
            yield act.fields["abolished"]


def _has_right(story: Story, known: _Known, act: Line, who: str) -> bool:
    actor = act.actor
    match who:
        case "applicant":
            return _brought_it(story, act)
        case "party":
            return act.party in story.parties
        case "staff":
            return actor.get("unit") in known.units
        case "party_or_staff":
            return act.party in story.parties or actor.get("unit") in known.units
        case "overdue":
            return any(
                duty.was_open(act.seq)
                and duty.was_breached(act.seq)
                and duty.is_owed_by(actor, act.party, act.seq)
                for duty in story.duties.values()
            )
        case _:
            return _has_office(story, known, act, who)


def _brought_it(story: Story, act: Line) -> bool:
    opening = story.opening
    bringers = opening.get("applicants") or [
        each for each in (opening.get("applicant"), opening.get("petitioner")) if each
    ]
    return act.party in bringers if bringers else act.actor["account"] == story.opened.actor["account"]


def _has_office(story: Story, known: _Known, act: Line, who: str) -> bool:
    actor = act.actor
    role, unit = actor["role"], actor.get("unit")
    offices = {
        "presser": role in PRESSERS,
        "administrator": role == "system_admin",
        "part": role == "case" and actor["account"] == act.fields.get("number") in known.parts,
        "whole": role == "case" and actor["account"] == story.parent.get("number"),
        "case": role == "case" and actor["account"] != story.case_no,
        "lead_head": role == "unit_head" and unit == story.lead_before(act.seq),
        "blower": role in BLOWERS and unit == story.standing(story.opening.get("blower", ""), act.seq),
        "hotline": role == "dispatcher"
        and unit == story.standing(story.opened.actor.get("unit") or "", act.seq),
    }
    town_has_no_hotline = who != "hotline" or not within(unit, story.offices["town"])
    return offices[who] and town_has_no_hotline


def _learn(known: _Known, line: Line) -> None:
    data = line.data
    match line.kind:
        case "acted":
            _add(known.units, line.actor.get("unit"))
            if line.act == "succeed":
                _add(known.units, line.fields.get("successor"))
            if line.act == "recuse":
                _add(known.recused, line.fields.get("account"))
            if line.act == "part_closed":
                known.parts.discard(line.fields.get("number", ""))
        case "duty_opened":
            _add(known.units, data["duty"]["owner"].get("unit"))
        case "escalated":
            known.units.add(data["to"])
        case "case_linked":
            known.parts.add(data["number"])
            _add(known.units, data.get("unit"))
        case "stage_entered":
            _add(known.units, data.get("unit"))


def _add(among: set[str], one: str | None) -> None:
    if one is not None:
        among.add(one)


CHECKS = (act_as_they_may,)
