"""What must hold of every ledger, whatever was done: read from the events as they are stored, and nothing else.

Numbers and sources are those of the domain rules, §9; what follows them holds of any case. Nothing here knows
a procedure, a state or a class of the law: a world is case number → events as JSON.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Event = dict[str, Any]


# -- reading -------------------------------------------------------------------------------------------


@dataclass
class Duty:
    """A duty as the record has it."""

    number: int
    kind: str
    opened: Event
    legal_due: datetime
    ended: Event | None = None
    breached: Event | None = None
    paused: bool = False
    handed_to: str | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """What the record says of it."""
        return self.opened["data"]["duty"]  # type: ignore[no-any-return]

    @property
    def unit(self) -> str | None:
        """The unit that owes it."""
        return self.handed_to or self.fields["owner"].get("unit")


@dataclass
class Life:
    """One case, read from its events."""

    events: list[Event]
    duties: dict[int, Duty] = field(default_factory=dict)
    length: int = 0

    @property
    def opening(self) -> dict[str, Any]:
        """What the case was opened with."""
        return self.events[0]["data"]["opening"]  # type: ignore[no-any-return]

    @property
    def kind(self) -> str:
        """Which procedure it is."""
        return self.events[0]["data"]["kind"]  # type: ignore[no-any-return]

    @property
    def is_closed(self) -> bool:
        """Whether it has ended."""
        return self.events[-1]["kind"] == "case_closed"

    def of(self, kind: str) -> Iterator[Event]:
        """Events of a kind."""
        return (event for event in self.events if event["kind"] == kind)

    def acts(self, *codes: str) -> Iterator[Event]:
        """Acts of some codes, or all."""
        return (event for event in self.of("acted") if not codes or event["data"]["act"] in codes)

    def notes(self, *codes: str) -> Iterator[Event]:
        """Notes of some codes."""
        return (event for event in self.of("noted") if event["data"]["note"] in codes)

    def standing(self, unit: str, event: Event) -> str:
        """The unit that answers for this one at an event, after every abolition until then."""
        for act in self.acts("succeed"):
            if act["seq"] <= event["seq"] and act["data"]["fields"]["abolished"] == unit:
                unit = act["data"]["fields"]["successor"]
        return unit

    def consequences(self, act: Event) -> list[Event]:
        """What followed from an act in the same step."""
        return [event for event in self.events if event["cause"] == act["seq"]]

    def before(self, event: Event) -> "Life":
        """The case just before an event."""
        return life(self.events[: event["seq"] - 1])


class World(dict[str, list[Event]]):
    """Every case by its number; each is read once for as long as nothing is added."""

    def __init__(self) -> None:
        super().__init__()
        self._read: dict[str, Life] = {}

    def life(self, number: str) -> Life:
        """The case as its events leave it."""
        known = self._read.get(number)
        if known is None or known.length != len(self[number]):
            known = self._read[number] = life(self[number])
        return known


Invariant = Callable[[World, str], None]


def when(event: Event) -> datetime:
    """The instant of an event."""
    return datetime.fromisoformat(event["at"])


def life(events: list[Event]) -> Life:
    """The duties of a case, as its events leave them."""
    found = Life(events, length=len(events))
    for event in events:
        data = event["data"]
        match event["kind"]:
            case "duty_opened":
                duty = data["duty"]
                due = datetime.fromisoformat(duty["legal_due"])
                found.duties[duty["number"]] = Duty(duty["number"], duty["kind"], event, due)
            case "duty_fulfilled" | "duty_relieved" | "window_closed":
                assert found.duties[data["duty"]].ended is None, f"duty {data['duty']} ends twice"
                found.duties[data["duty"]].ended = event
            case "duty_breached":
                assert found.duties[data["duty"]].breached is None, f"duty {data['duty']} breached twice"
                found.duties[data["duty"]].breached = event
            case "duty_moved":
                found.duties[data["duty"]].legal_due = datetime.fromisoformat(data["legal_due"])
                found.duties[data["duty"]].paused = False
            case "duty_handed_over":
                assert found.duties[data["duty"]].ended is None, "who owes nothing hands nothing over"
                found.duties[data["duty"]].handed_to = data["to"]
            case "duty_paused":
                found.duties[data["duty"]].paused = True
    return found


def within(unit: str | None, body: str) -> bool:
    """Whether a unit is a body or lies below it."""
    return unit is not None and (unit == body or unit.startswith(body + "/"))


def parties(case: Life) -> list[str]:
    """Who quarrels."""
    return [*case.opening.get("applicants", ()), *case.opening.get("respondents", ())]


def speaker(act: Event) -> str | None:
    """The party that an act comes from."""
    actor = act["data"]["actor"]
    return actor["account"] if actor["role"] == "resident" else actor.get("on_behalf_of")


def family(world: World, root: str) -> Iterator[str]:
    """A case and everything that was opened from it."""
    yield root
    for number, events in world.items():
        parent = events[0]["data"]["opening"].get("parent") or {}
        if parent.get("number") == root:
            yield from family(world, number)


def parts(case: Life, link: str = "split-into") -> list[dict[str, Any]]:
    """Cases opened from this one by a kind of link."""
    return [event["data"] for event in case.of("case_linked") if event["data"]["link"] == link]


# -- §9, by number -------------------------------------------------------------------------------------


def i01_an_accusation_never_reaches_the_accused(world: World, number: str) -> None:
    """《信访工作条例》第30条第3款、第46条第5项; 《济南市12345市民服务热线条例》第32条."""
    for sort in world.life(number).acts("petition.sort"):
        accused = sort["data"]["fields"].get("accused")
        if accused is None:
            return
        for relative in family(world, number):
            for event in world[relative]:
                if when(event) > when(sort) or (relative == number and event["seq"] > sort["seq"]):
                    assert not any(within(unit, accused) for unit in _units(event)), (relative, event)


def _units(event: Event) -> Iterator[str | None]:
    data = event["data"]
    match event["kind"]:
        case "duty_opened":
            yield data["duty"]["owner"].get("unit")
        case "duty_handed_over":
            yield data["to"]
        case "acted":
            yield data["actor"].get("unit")
        case "escalated":
            yield data["to"]
        case "stage_entered" | "case_linked" | "noted":
            yield data.get("unit")


def i02_who_stepped_aside_acts_no_more(world: World, number: str) -> None:
    """《信访工作条例》第28条第3款."""
    recused: set[str] = set()
    for act in world.life(number).acts():
        actor = act["data"]["actor"]
        assert actor["role"] == "case" or actor["account"] not in recused, act
        if act["data"]["act"] == "recuse":
            recused.add(act["data"]["fields"]["account"])


def i03_one_lead_at_any_time(world: World, number: str) -> None:
    """《北京市接诉即办工作条例》第14条: from the split to the end exactly one unit answers for the whole."""
    case = world.life(number)
    if not any(link.get("share") == "lead" for link in parts(case)):
        return
    leads: dict[str, str] = {}
    named, step = None, None
    for event in case.events:
        if leads and event["cause"] != step:
            assert len(leads) == 1, (number, leads)
            assert named in leads.values(), (number, named, leads)
        step = event["cause"]
        match event["kind"], event["data"]:
            case "case_linked", {"share": "lead", "number": part, "unit": unit}:
                leads[part] = unit
            case "noted", {"note": "order_reassigned", "about": part}:
                leads.pop(part, None)
            case "acted", {"act": "succeed"}:
                leads = {part: case.standing(unit, event) for part, unit in leads.items()}
                named = named and case.standing(named, event)
            case "noted", {"note": "lead_named", "unit": unit}:
                named = unit
    for duty in case.duties.values():
        if duty.kind in ("petition.notice", "petition.handle", "whistle.handle") and duty.ended is None:
            assert duty.unit == named, (number, duty.unit, named)


def i04_an_objection_is_in_time_has_a_reason_and_is_not_repeated(world: World, number: str) -> None:
    """《信访工作条例》第23条第3款; 《潍坊市12345政务服务便民热线条例》第22条."""
    case = world.life(number)
    refused = {event["seq"] for event in case.notes("return_refused")}
    returned: set[str] = set()
    for act in case.acts("order.return"):
        duty = case.duties[act["data"]["duty"]]
        assert duty.kind == "order.accept"
        assert when(act) <= duty.legal_due
        assert act["data"]["fields"]["reason"]
        assert not any(seq < act["seq"] for seq in refused)
        assert act["data"]["actor"]["unit"] not in returned
        assert (case.opening.get("parent") or {}).get("returnable", True)
        returned.add(act["data"]["actor"]["unit"])


def i05_no_quarrel_stops_a_petitions_clock(world: World, number: str) -> None:
    """No text allows it: its main duties move for an extension or a calendar alone, and keep their start."""
    case = world.life(number)
    starts: dict[tuple[str, str], set[str]] = {}
    for duty in case.duties.values():
        if duty.kind in ("petition.route", "petition.notice", "petition.handle"):
            starts.setdefault((duty.kind, duty.fields["rule"]), set()).add(duty.fields["counted_from"])
            moves = [e["data"]["why"] for e in case.of("duty_moved") if e["data"]["duty"] == duty.number]
            assert set(moves) <= {"extension", "calendar_adopted"}
            assert not duty.paused
    assert all(len(each) == 1 for each in starts.values()), starts


def i06_one_extension_of_thirty_days_before_expiry_by_the_head(world: World, number: str) -> None:
    """《信访工作条例》第34条."""
    case = world.life(number)
    grants = list(case.acts("petition.grant_extension"))
    assert len(grants) <= 1
    for grant in grants:
        before = case.before(grant)
        (handle,) = (d for d in before.duties.values() if d.kind == "petition.handle" and d.ended is None)
        actor = grant["data"]["actor"]
        assert 1 <= grant["data"]["fields"]["days"] <= 30
        assert grant["data"]["fields"]["reason"]
        assert (actor["role"], actor["unit"]) == ("unit_head", handle.unit)
        assert handle.breached is None
        assert when(grant) <= handle.legal_due
        told = [e["data"]["note"] for e in case.consequences(grant) if e["kind"] == "noted"]
        assert "party_told" in told


def i07_a_part_is_due_before_the_whole(world: World, number: str) -> None:
    """Ten days to join the answers (local default); a part's extension cannot move the whole."""
    case = world.life(number)
    parent = case.opening.get("parent") or {}
    if not parent.get("cap"):
        return
    cap = datetime.fromisoformat(parent["cap"])
    handles = [duty for duty in case.duties.values() if duty.kind == "order.handle"]
    assert all(duty.legal_due <= cap for duty in handles if when(duty.opened) < cap), number
    whole = world.life(parent["number"])
    dues = [duty.legal_due for duty in whole.duties.values() if duty.kind.endswith(".handle")]
    assert not dues or cap <= max(dues), (number, cap, dues)


def i08_a_petition_answers_once_and_only_when_its_orders_are_settled(world: World, number: str) -> None:
    """《信访工作条例》第32条: one opinion with its fields; every mandatory order closed or waived with a reason."""
    case = world.life(number)
    opinions = list(case.acts("petition.issue_opinion", "whistle.handled"))
    if case.kind == "petition":
        assert len(opinions) <= 1
    for opinion in opinions:
        before = case.before(opinion)
        settled = {
            act["data"]["fields"]["number"]
            for act in before.acts("part_closed")
            if act["data"]["fields"]["outcome"] == "done"
        }
        settled |= {event["data"]["about"] for event in before.notes("order_waived", "order_reassigned")}
        wanted = {link["number"] for link in parts(before) if link.get("mandatory")}
        assert wanted <= settled, (number, wanted - settled)
        if opinion["data"]["act"] == "petition.issue_opinion":
            assert all(
                opinion["data"]["fields"].get(name) for name in ("claims", "facts", "opinion", "legal_basis")
            )
    assert all(act["data"]["fields"]["reason"] for act in case.acts("petition.waive_order"))


def i09_a_refusal_ends_mediation(world: World, number: str) -> None:
    """《人民调解法》第17条、第23条: by any party, from any state."""
    case = world.life(number)
    for refusal in case.acts("mediation.refuse"):
        assert speaker(refusal) in parties(case)
        assert case.events[-1]["kind"] == "case_closed"
        assert case.events[-1]["data"]["outcome"] == "refused"
        assert case.events[-1]["cause"] == refusal["seq"]


def i10_notice_and_consent_come_before_mediation(world: World, number: str) -> None:
    """《人民调解工作若干规定》第30条, 《人民调解法》第20条: third persons only by consent."""
    case = world.life(number)
    for accepted in case.notes("accepted") if case.kind == "mediation" else ():
        before = case.before(accepted)
        told = {act["data"]["fields"]["to"] for act in before.acts("mediation.serve_notice")}
        willing = {speaker(act) for act in before.acts("mediation.consent")}
        assert set(parties(case)) <= told & willing
    for session in case.acts("mediation.session"):
        fields = session["data"]["fields"]
        assert not fields.get("third_persons") or fields.get("third_persons_consented")
        assert any(True for _ in case.before(session).notes("accepted"))


def i11_a_written_agreement_holds_when_all_signed_and_it_is_sealed(world: World, number: str) -> None:
    """《人民调解法》第29条; 《电子签名法》第3条: family matters on paper."""
    case = world.life(number)
    for effective in case.notes("agreement_effective"):
        before = case.before(effective)
        *_, terms = before.acts("mediation.agree")
        if terms["data"]["fields"]["form"] == "oral":
            continue
        signatures = [a for a in before.acts("mediation.sign_agreement") if a["seq"] > terms["seq"]]
        assert {speaker(act) for act in signatures} >= set(parties(case))
        assert any(act["seq"] > terms["seq"] for act in before.acts("mediation.seal"))
        if case.opening.get("paper_only"):
            on_paper = {speaker(act) for act in signatures if act["data"]["fields"].get("scan")}
            assert on_paper >= set(parties(case))


def i12_the_court_may_be_asked_for_thirty_days_by_all_together(world: World, number: str) -> None:
    """《人民调解法》第33条; reminders on day 10, 20 and 27 (local default)."""
    case = world.life(number)
    windows = [duty for duty in case.duties.values() if duty.kind == "mediation.confirm"]
    assert len(windows) == len(list(case.notes("agreement_effective")))
    for window in windows:
        effect = when(window.opened)
        assert window.legal_due >= effect + timedelta(days=30)
        last_days = [datetime.fromisoformat(at) - timedelta(seconds=1) for at, _ in window.fields["marks"]]
        assert [(day.date() - effect.date()).days for day in last_days] == [10, 20, 27]
    for act in case.acts("mediation.confirm"):
        assert set(parties(case)) <= set(act["data"]["fields"]["applicants"])


def i13_danger_goes_to_the_police_and_the_top_at_once(world: World, number: str) -> None:
    """《人民调解法》第25条."""
    case = world.life(number)
    for act in case.acts("mediation.report_risk", "mediation.grade"):
        if act["data"]["fields"].get("colour", "red") != "red":
            continue
        after = case.consequences(act)
        assert any(e["kind"] == "noted" and e["data"]["note"] == "police_told" for e in after)
        top = case.opening["offices"]["seats"][-1]
        assert any(e["kind"] == "escalated" and e["data"]["to"] == top for e in after)


def i14_nobody_says_for_others_what_they_think_of_its_own_work(world: World, number: str) -> None:
    """《北京市接诉即办工作条例》第23条: who asks the person is not who did the work, and asks after it is done."""
    case = world.life(number)
    for rating in case.acts("rate"):
        before = case.before(rating)
        leads = [e["data"]["unit"] for e in before.notes("lead_named")]
        actor = rating["data"]["actor"]
        if case.kind == "order" and leads and actor.get("unit"):
            assert not within(actor["unit"], leads[-1]), rating
            assert any(True for _ in before.acts("order.complete"))


def i15_only_the_blower_ends_a_whistle_and_nobody_rates_itself(world: World, number: str) -> None:
    """双考核, 《北京市接诉即办工作条例》第33条."""
    case = world.life(number)
    if case.kind != "whistle":
        return
    for act in case.acts("whistle.stand_down", "whistle.send_back", "whistle.rate_department"):
        blower = case.standing(case.opening["blower"], act)
        assert act["data"]["actor"]["unit"] == blower
        assert act["data"]["fields"].get("department") != blower
    for act in case.acts("whistle.rate_blower"):
        assert act["data"]["actor"]["unit"] != case.standing(case.opening["blower"], act)
    if case.is_closed and case.events[-1]["data"]["outcome"] == "stood_down":
        assert len(list(case.acts("whistle.stand_down"))) == 1
    assert len(list(case.acts("whistle.send_back"))) <= 2


def i16_the_same_matter_in_hand_is_not_accepted_twice(world: World, number: str) -> None:
    """《信访工作条例》第19条第3款: it is linked as a duplicate."""
    case = world.life(number)
    for refusal in case.acts("petition.refuse_intake"):
        twins = [e["data"]["number"] for e in case.consequences(refusal) if e["kind"] == "case_linked"]
        assert twins == [refusal["data"]["fields"]["same_as"]] != [number]
        assert case.events[-1]["data"]["outcome"] == "not_accepted"
    assert not list(case.acts("petition.ask_recheck")) or not case.is_closed or list(case.notes("final"))


def i17_a_group_sends_at_most_five(world: World, number: str) -> None:
    """《信访工作条例》第20条第3款."""
    assert world.life(number).opening.get("representatives", 1) <= 5


def i18_a_community_never_leads_what_is_not_on_its_list(world: World, number: str) -> None:
    """《北京市接诉即办工作条例》第17条第2款."""
    case = world.life(number)
    if case.kind in ("petition", "whistle"):
        for named in case.notes("lead_named"):
            community = case.standing(case.opening["offices"]["community"], named)
            assert not within(named["data"]["unit"], community), named


def i19_unrated_is_not_satisfied(world: World, number: str) -> None:
    """Whoever was asked to rate has rated or sent back, is noted as silent, or was not waited for."""
    case = world.life(number)
    rating = ("order.rate", "order.community_rate", "petition.rate", "whistle.rate", "whistle.rate_blower")
    asked = [duty for duty in case.duties.values() if duty.kind in rating]
    silent = [d for d in asked if (d.ended and d.ended["kind"] == "window_closed") or d.breached]
    noted = [event["data"]["about"] for event in case.notes("unrated")]
    assert Counter(noted) == Counter(duty.kind for duty in silent), (number, noted)


# -- what holds of any case ----------------------------------------------------------------------------


def every_event_follows_the_one_before(world: World, number: str) -> None:
    """Numbers without a gap, times that never go back, causes that came first."""
    events = world[number]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert all(when(one) <= when(other) for one, other in zip(events, events[1:], strict=False))
    assert all(e["cause"] is None or 1 <= e["cause"] < e["seq"] for e in events)
    assert [e["seq"] for e in events if e["kind"] == "case_opened"] == [1]
    assert all(e["seq"] == len(events) for e in events if e["kind"] == "case_closed")


def an_act_counts_once(world: World, number: str) -> None:
    """No act id stands on a record twice."""
    ids = Counter(act["data"]["act_id"] for act in world.life(number).acts())
    assert not ids or max(ids.values()) == 1


def no_duty_is_nobodys(world: World, number: str) -> None:
    """Every duty is owed by people of some role in a unit, or by a party."""
    for duty in world.life(number).duties.values():
        owner = duty.fields["owner"]
        assert owner.get("party") or (owner.get("unit") and owner.get("roles")), duty
        assert duty.fields["rule"]


def an_open_case_waits_for_somebody(world: World, number: str) -> None:
    """A lawful wait: an open duty, or a part that has not ended. A closed case waits for nobody."""
    case = world.life(number)
    owed = [duty for duty in case.duties.values() if duty.ended is None]
    if case.is_closed:
        assert owed == []
        return
    ended = {act["data"]["fields"]["number"] for act in case.acts("part_closed")}
    awaited = [
        e for e in case.of("case_linked") if e["data"].get("mandatory") and e["data"]["number"] not in ended
    ]
    assert owed or awaited, number


def a_duty_is_breached_at_its_due_instant_and_not_before(world: World, number: str) -> None:
    """Or when it was opened, where it was overdue already; windows close likewise."""
    for duty in world.life(number).duties.values():
        assert (duty.breached is None) or duty.fields.get("nature", "obligation") == "obligation"
        for lapse in (duty.breached, duty.ended):
            if lapse is not None and lapse["kind"] in ("duty_breached", "window_closed"):
                assert when(lapse) == max(_due_at(world[number], duty, lapse), when(duty.opened)), lapse


def _due_at(events: list[Event], duty: Duty, lapse: Event) -> datetime:
    moves = [
        e["data"]["legal_due"]
        for e in events[: lapse["seq"]]
        if e["kind"] == "duty_moved" and e["data"]["duty"] == duty.number
    ]
    return datetime.fromisoformat(moves[-1] if moves else duty.fields["legal_due"])


def an_act_in_time_answers_no_breached_duty(world: World, number: str) -> None:
    """A duty that was met without a breach was met at its due instant at the latest."""
    for duty in world.life(number).duties.values():
        met = duty.ended is not None and duty.ended["kind"] == "duty_fulfilled"
        if met and duty.breached is None and duty.ended is not None:
            assert when(duty.ended) <= _due_at(world[number], duty, duty.ended), duty


def clocks_stand_only_where_the_law_lets_them(world: World, number: str) -> None:
    """《信访工作条例》第36条第2款 (hearing in the recheck); consent of all in mediation."""
    case = world.life(number)
    for pause in case.of("duty_paused"):
        kind = case.duties[pause["data"]["duty"]].kind
        allowed = {"hearing": {"petition.recheck"}, "consent": {"mediation.mediate", "mediation.total"}}
        assert kind in allowed[pause["data"]["why"]]


def cases_are_linked_both_ways(world: World, number: str) -> None:
    """Who opened a case has it on its record, and the case knows who opened it."""
    case = world.life(number)
    for event in case.of("case_linked"):
        if event["data"]["link"] != "duplicate-of":
            other = world[event["data"]["number"]][0]["data"]
            assert other["opening"]["parent"]["number"] == number
            assert other["opening"]["parent"]["link"] == event["data"]["link"]
            assert other["actor"] == {"account": number, "role": "case"}
    parent = case.opening.get("parent")
    if parent and parent["number"] in world:
        links = [e["data"]["number"] for e in world.life(parent["number"]).of("case_linked")]
        assert number in links


def the_parts_of_a_closed_case_are_over(world: World, number: str) -> None:
    """What nobody needs any more is called off."""
    case = world.life(number)
    if case.is_closed:
        for part in parts(case):
            assert world.life(part["number"]).is_closed, part


def what_a_part_became_is_known_to_the_whole(world: World, number: str) -> None:
    """A part that ended has told the case that opened it, as long as that was open."""
    case = world.life(number)
    if case.is_closed:
        return
    heard = {
        act["data"]["fields"]["number"]: act["data"]["fields"]["outcome"] for act in case.acts("part_closed")
    }
    for event in case.of("case_linked"):
        other = world.get(event["data"]["number"], [])
        if event["data"]["link"] != "duplicate-of" and other and other[-1]["kind"] == "case_closed":
            assert heard[event["data"]["number"]] == other[-1]["data"]["outcome"]


NAMED: tuple[Invariant, ...] = (
    i01_an_accusation_never_reaches_the_accused,
    i02_who_stepped_aside_acts_no_more,
    i03_one_lead_at_any_time,
    i04_an_objection_is_in_time_has_a_reason_and_is_not_repeated,
    i05_no_quarrel_stops_a_petitions_clock,
    i06_one_extension_of_thirty_days_before_expiry_by_the_head,
    i07_a_part_is_due_before_the_whole,
    i08_a_petition_answers_once_and_only_when_its_orders_are_settled,
    i09_a_refusal_ends_mediation,
    i10_notice_and_consent_come_before_mediation,
    i11_a_written_agreement_holds_when_all_signed_and_it_is_sealed,
    i12_the_court_may_be_asked_for_thirty_days_by_all_together,
    i13_danger_goes_to_the_police_and_the_top_at_once,
    i14_nobody_says_for_others_what_they_think_of_its_own_work,
    i15_only_the_blower_ends_a_whistle_and_nobody_rates_itself,
    i16_the_same_matter_in_hand_is_not_accepted_twice,
    i17_a_group_sends_at_most_five,
    i18_a_community_never_leads_what_is_not_on_its_list,
    i19_unrated_is_not_satisfied,
)
GENERAL: tuple[Invariant, ...] = (
    every_event_follows_the_one_before,
    an_act_counts_once,
    no_duty_is_nobodys,
    an_open_case_waits_for_somebody,
    a_duty_is_breached_at_its_due_instant_and_not_before,
    an_act_in_time_answers_no_breached_duty,
    clocks_stand_only_where_the_law_lets_them,
    cases_are_linked_both_ways,
    the_parts_of_a_closed_case_are_over,
    what_a_part_became_is_known_to_the_whole,
)
ALL = NAMED + GENERAL
