"""Forms are made from the law, and let nothing through that a procedure or the ledger could not bear."""

import dataclasses
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from activities.commitments import ContentKind, commit, new_salt, references
from activities.content import Kept
from api.examples import example_of
from api.forms import BLANKS, FORMS, PEOPLES_ACTS
from api.mistakes import from_validation
from api.problems import Problem
from api.town import Town
from api.words import Language
from api.writing.draft import Drafter
from api.writing.openings import OPENING_FORMS
from domain.actors import Actor
from domain.acts import ACTS
from domain.authority import OPENERS
from domain.codec import load_act
from domain.events import Acted
from domain.organisation import Organisation, Tree
from domain.shelf import Shelf
from domain.vocabulary import Content, Role, Unit, UnitKind

TODAY = date(2026, 11, 23)
WATER = Organisation(Unit("y/water"), UnitKind.DEPARTMENT, "水务局", "Water", ("市水务局",))
OLD = Organisation(
    Unit("y/old"), UnitKind.DEPARTMENT, "旧水务局", "Old Water", (), None, date(2025, 1, 1), Unit("y/water")
)


def drafter() -> Drafter:
    return Drafter(Town(Tree([WATER, OLD]), {}), Shelf([], []), TODAY)


def mistakes(code: str, fields: dict[str, Any]) -> list[tuple[str, str]]:
    try:
        form = FORMS[code].model_validate(fields)
        drafter().read(ACTS[code], form.model_dump(mode="json", exclude_unset=True))
    except ValidationError as wrong:
        found = from_validation(wrong)
    except Problem as problem:
        found = problem.errors
    else:
        return []
    return [(each.shown(Language.EN)["field"], each.code) for each in found]


def test_every_act_a_person_may_do_has_a_form_with_the_fields_of_the_law() -> None:
    for code, act in PEOPLES_ACTS.items():
        own = set(FORMS[code].model_fields) - {"on_behalf_of", "at"}
        assert own == {each.name for each in dataclasses.fields(act)}
        assert [blank.name for blank in BLANKS[code]] == [each.name for each in dataclasses.fields(act)]


@pytest.mark.parametrize("code", sorted(PEOPLES_ACTS))
def test_the_example_of_every_act_is_one_the_form_and_the_law_take(code: str) -> None:
    example = example_of(ACTS[code])
    form = FORMS[code].model_validate(example)
    assert load_act(code, form.model_dump(mode="json", exclude_unset=True)).code == code


def test_letters_between_cases_are_not_for_people() -> None:
    assert {"part_closed", "recall", "change_checker", "join_twin"} == set(ACTS) - set(FORMS)


@pytest.mark.parametrize(
    ("code", "fields", "wrong"),
    [
        ("order.complete", {}, [("result", "missing")]),
        ("order.complete", {"result": "   "}, [("result", "blank")]),
        ("order.complete", {"result": "a\x00b"}, [("result", "not_text")]),
        ("order.complete", {"result": "a\ud800"}, [("result", "not_text")]),
        ("order.complete", {"result": "字" * 10_001}, [("result", "text_too_long")]),
        ("order.complete", {"result": "好", "resolved": "yes"}, [("resolved", "not_flag")]),
        ("order.complete", {"result": "好", "outcome": "x"}, [("outcome", "extra_forbidden")]),
        ("order.close", {"credit_hours": float("nan")}, [("credit_hours", "not_number")]),
        ("order.close", {"credit_hours": 1e300}, [("credit_hours", "out_of_range")]),
        ("order.divert", {"channel": "moon"}, [("channel", "not_choice")]),
        ("order.dispatch", {"units": "水务局"}, [("units", "not_list")]),
        ("order.dispatch", {"units": ["月球局"]}, [("units.0", "unknown_unit")]),
        ("order.merge", {"into": "张三家的事"}, [("into", "pattern")]),
        ("order.request_extension", {"days": 10**12, "reason": "难"}, [("days", "out_of_range")]),
        ("order.request_extension", {"days": 1.5, "reason": "难"}, [("days", "not_integer")]),
        ("order.accept_need", {"service": "wish", "matter": "99.99"}, [("matter", "unknown_matter")]),
        ("rate", {"speed": 0, "attitude": 6, "resolution": True},
         [("speed", "out_of_range"), ("attitude", "out_of_range"), ("resolution", "not_integer")]),
        ("recuse", {"account": "王 小明", "reason": "亲属"}, [("account", "pattern")]),
        ("mediation.serve_notice", {"to": "张三"}, [("to", "pattern")]),
        ("mediation.choose_mediator", {"mediator": "李四"}, [("mediator", "pattern")]),
        ("petition.open_mediation", {"text": "x", "respondent": "王五"}, [("respondent", "pattern")]),
        ("adopt_calendar", {"calendar": "cn-2099"}, [("calendar", "unknown_edition")]),
        ("whistle.report", {"person": "值班人员", "latitude": 91}, [("latitude", "out_of_range")]),
        ("petition.start_hearing", {"planned_end": "2026-12-01T09:00:00"}, [("planned_end", "not_instant")]),
        ("petition.start_hearing", {"planned_end": "9999-12-01T09:00:00+08:00"},
         [("planned_end", "too_far")]),
        ("petition.split", {"orders": [{"unit": "水务局", "share": "lead", "claim": "c", "x": 1}]},
         [("orders.0.x", "extra_forbidden")]),
    ],
)  # fmt: skip
def test_a_mistake_is_told_at_its_place(
    code: str, fields: dict[str, Any], wrong: list[tuple[str, str]]
) -> None:
    assert mistakes(code, fields) == wrong


def test_a_date_no_calendar_reaches_is_a_mistake_and_not_a_stuck_case() -> None:
    agreed = {**example_of(ACTS["mediation.agree"]), "perform_by": "9998-01-01"}
    assert mistakes("mediation.agree", agreed) == [("perform_by", "too_far")]


def test_a_rule_between_fields_is_told_as_a_rule() -> None:
    line = {"unit": "水务局", "share": "co_handler", "claim": "查明"}
    form = FORMS["petition.split"].model_validate({"orders": [line]})
    draft = drafter().read(ACTS["petition.split"], form.model_dump(mode="json", exclude_unset=True))
    with pytest.raises(Problem) as refused:
        draft.act("petition.split")
    assert [each.code for each in refused.value.errors] == ["rule"]


def test_units_are_understood_by_path_name_or_alias_whatever_the_width() -> None:
    for name in ("y/water", "水务局", "市水务局", " 水 务 局 "):
        assert drafter().unit(name, ()) == "y/water"


def test_an_abolished_unit_is_its_successor() -> None:
    assert drafter().unit("旧水务局", ()) == "y/water"


def test_words_are_set_aside_and_commitments_stand_in_their_place() -> None:
    fields = {"orders": [{"unit": "水务局", "share": "lead", "claim": "查明原因"}]}
    form = FORMS["petition.split"].model_validate(fields)
    draft = drafter().read(ACTS["petition.split"], form.model_dump(mode="json", exclude_unset=True))
    assert [each.body for each in draft.words] == ["查明原因"]
    filled = draft.filled([Content("c1:x")])
    assert filled["orders"][0] == {"unit": "y/water", "share": "lead", "claim": "c1:x"}


def _kept(commitment: Content, body: str, salt: bytes | None) -> Kept:
    when = datetime(2026, 11, 23, tzinfo=UTC)
    return Kept(commitment, ContentKind.TEXT, body if salt else None, salt, None, "a", when, None)


@pytest.mark.parametrize(("again", "same"), [("已修好", True), ("没修好", False)])
def test_a_repeated_act_is_known_by_its_words_though_their_salt_differs(again: str, same: bool) -> None:
    salt = new_salt()
    stored = commit(ContentKind.TEXT, "已修好", salt)
    done = Acted(load_act("order.complete", {"result": stored}), Actor("a", Role.HANDLER), "id")
    draft = drafter().read(ACTS["order.complete"], {"result": again})
    assert references(done) == (stored,)
    assert draft.says(done, {stored: _kept(stored, "已修好", salt)}) is same
    assert draft.says(done, {stored: _kept(stored, "已修好", None)}), "of erased words nobody can say"


def test_residents_never_blow_the_whistle_and_every_kind_can_be_opened() -> None:
    assert all(Role.RESIDENT in roles for kind, roles in OPENERS.items() if kind != "whistle")
    assert Role.RESIDENT not in OPENERS[next(kind for kind in OPENERS if kind == "whistle")]
    assert set(OPENING_FORMS) == set(OPENERS)
