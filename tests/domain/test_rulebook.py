"""Rulebook editions: every figure with its source, what extending means, what a broken edition is told."""

from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest

from domain.edition import EditionError
from domain.limits import Limit, Roll, Tag, TimeUnit
from domain.rulebook import Rulebook, base_of, parse_rulebook
from domain.vocabulary import Grade, Service, WhistleKind

EDITIONS = Path(__file__).parents[2] / "domain/editions"


def text_of(edition: str) -> str:
    return (EDITIONS / f"{edition}.toml").read_text(encoding="utf-8")


STATUTORY = parse_rulebook(text_of("statutory-2026"), None)
DEFAULT = parse_rulebook(text_of("default-3"), STATUTORY)
GAOTAI = parse_rulebook(text_of("gaotai-4x7"), STATUTORY)
ALL = [STATUTORY, DEFAULT, GAOTAI]

_UNITS = {
    "wd": TimeUnit.WORKING_DAY,
    "nd": TimeUnit.NATURAL_DAY,
    "h": TimeUnit.HOUR,
    "wh": TimeUnit.WORKING_HOUR,
    "min": TimeUnit.MINUTE,
    "month": TimeUnit.MONTH,
}
_TAGS = {"F": Tag.FOUND, "F*": Tag.FOUND_WEAK, "K": Tag.KNOWN, "P": Tag.PROPOSED}

# Every limit as the rules of the field give it: n, unit, tag.
LAW = """
petition.sort                     2 wd P        petition.split                   3 wd P
petition.route                   15 nd F        petition.sign                    1 wd P
petition.objection                5 wd F        petition.objection_ruling        2 wd P
petition.jurisdiction_negotiate   2 wd P        petition.jurisdiction_decide     3 wd P
petition.jurisdiction_designate   2 wd P        petition.notice                 15 nd F
petition.handle                  60 nd F        petition.extension              30 nd F
petition.extension_decision       2 wd P        petition.serve                   5 wd P
petition.rate                    15 nd P        petition.review_ask             30 nd F
petition.review                  30 nd F        petition.recheck_ask            30 nd F
petition.recheck                 30 nd F        petition.simple.accept           3 wd K
petition.simple.handle           10 wd F*       petition.advice_feedback        30 nd P
mediation.sign                  0.5 h F         mediation.grade                  2 h P
mediation.first_visit             8 h F         mediation.consent                3 wd P
mediation.total                   1 month F     mediation.joint                 10 wd P
mediation.agreement               1 wd P        mediation.confirm               30 nd F
mediation.confirm_remind_1       10 nd P        mediation.confirm_remind_2      20 nd P
mediation.confirm_remind_3       27 nd P        mediation.perform_grace          3 wd P
mediation.return_visit            3 wd P        mediation.return_visit_2        30 nd P
mediation.close                   2 wd P        mediation.archive                5 wd P
mediation.risk_report            10 min P       mediation.top_decision           3 wd P
whistle.approve.everyday          4 wh P        whistle.approve.tough            1 wd P
whistle.approve.emergency         2 h P         whistle.sign.everyday            1 h F
whistle.sign.tough                1 h F         whistle.sign.emergency          10 min P
whistle.contact.everyday         24 h F         whistle.contact.tough           24 h F
whistle.contact.emergency        10 min P       whistle.report.everyday          3 wd F
whistle.report.tough              5 wd F        whistle.report.emergency        30 min F
whistle.meet.everyday             1 wd P        whistle.meet.tough               5 wd P
whistle.meet.emergency           30 min P       whistle.handle.everyday         10 wd F
whistle.handle.tough             60 nd P        whistle.handle.emergency        24 h P
whistle.plan.tough               10 wd P        whistle.standdown.everyday       3 wd P
whistle.standdown.tough           5 wd P        whistle.standdown.emergency      1 wd P
whistle.escalation.everyday       5 wd P        whistle.escalation.tough        10 wd P
whistle.escalation.emergency      1 h P         whistle.rate.everyday            3 wd P
whistle.rate.tough                3 wd P        whistle.rate.emergency           3 wd P
order.review                      1 wd P        order.dispatch                   1 wd P
order.sign                      0.5 h F         order.accept                     3 wd P
order.assign                      2 wd P        order.handle.wish               15 nd P
order.handle.service              7 wd P        order.handle.project            60 nd P
order.handle.order                7 nd F        order.handle.urgent              2 h F
order.handle.utility             24 h F         order.handle.hard               15 nd F
order.extension                   7 nd P        order.extension_decision         1 wd P
order.return_ruling               1 wd P        order.rate                       7 nd P
order.community_rate              2 wd P        order.close                      2 wd P
"""


def law() -> dict[str, tuple[float, TimeUnit, Tag]]:
    words = LAW.split()
    rows = (words[place : place + 4] for place in range(0, len(words), 4))
    return {key: (float(n), _UNITS[unit], _TAGS[tag]) for key, n, unit, tag in rows}


def test_every_limit_of_the_rules_is_in_the_base_edition_and_no_other() -> None:
    assert {key: (each.n, each.unit, each.tag) for key, each in STATUTORY.limits.items()} == law()


@pytest.mark.parametrize("rulebook", ALL, ids=lambda rulebook: rulebook.edition)
def test_every_limit_cites_its_source_and_a_proposed_one_calls_itself_a_local_default(
    rulebook: Rulebook,
) -> None:
    for key, each in rulebook.limits.items():
        assert each.key == key
        assert each.source.startswith("本地默认（local default）") is (each.tag is Tag.PROPOSED), key
    for name, figure in rulebook.figures.items():
        assert figure.source.startswith("本地默认（local default）") is (figure.tag is Tag.PROPOSED), name


@pytest.mark.parametrize(
    ("key", "source"),
    [
        ("petition.route", "《信访工作条例》第22条"),
        ("petition.objection", "《信访工作条例》第23条第3款"),
        ("petition.handle", "《信访工作条例》第34条"),
        ("petition.recheck", "《信访工作条例》第36条"),
        ("mediation.confirm", "《人民调解法》第33条、《民事诉讼法》第205条"),
    ],
)
def test_a_statutory_limit_cites_law_and_article(key: str, source: str) -> None:
    assert STATUTORY.limits[key].source == source


def test_only_consent_or_a_rechecks_hearing_stops_a_clock() -> None:
    """《信访工作条例》第36条第2款 excludes hearings from the 复核 only; mediation rests on consent."""
    pausable = {key: each.pausable_by for key, each in DEFAULT.limits.items() if each.pausable_by}
    assert pausable.pop("petition.recheck") == ("hearing",)
    assert set(pausable.values()) == {("consent",)}
    assert all(key.startswith("mediation.") for key in pausable)


def test_only_the_month_of_mediation_is_soft() -> None:
    assert [key for key, each in STATUTORY.limits.items() if each.soft] == ["mediation.total"]


def test_days_and_months_roll_and_reminders_do_not() -> None:
    rolling = {key for key, each in STATUTORY.limits.items() if each.roll is Roll.NEXT_WORKDAY}
    natural = {
        key for key, each in STATUTORY.limits.items() if each.unit in (TimeUnit.NATURAL_DAY, TimeUnit.MONTH)
    }
    assert natural - rolling == {f"mediation.confirm_remind_{n}" for n in (1, 2, 3)}
    assert rolling <= natural


def test_every_kind_of_whistle_and_service_has_its_limits() -> None:
    stages = ("approve", "sign", "contact", "report", "meet", "handle", "standdown", "escalation", "rate")
    for kind in WhistleKind:
        assert all(f"whistle.{stage}.{kind}" in STATUTORY.limits for stage in stages)
    assert all(f"order.handle.{service}" in STATUTORY.limits for service in Service)


def test_three_levels_by_default() -> None:
    limits = [DEFAULT.limits[level.limit_key] for level in DEFAULT.levels]
    assert [level.code for level in DEFAULT.levels] == ["village", "township", "city"]
    assert [(each.n, each.unit, each.tag) for each in limits] == [
        (3, TimeUnit.WORKING_DAY, Tag.PROPOSED),
        (5, TimeUnit.WORKING_DAY, Tag.PROPOSED),
        (10, TimeUnit.WORKING_DAY, Tag.PROPOSED),
    ]


def test_gaotai_is_four_levels_in_seven_working_days() -> None:
    limits = [GAOTAI.limits[level.limit_key] for level in GAOTAI.levels]
    assert [each.n for each in limits] == [1, 2, 2, 2]
    assert {(each.unit, each.tag) for each in limits} == {(TimeUnit.WORKING_DAY, Tag.FOUND)}


def test_a_level_knows_the_one_above_it() -> None:
    assert DEFAULT.next_level("village") == DEFAULT.level("township")
    assert DEFAULT.next_level("city") is None
    with pytest.raises(KeyError):
        DEFAULT.level("group")


def test_an_edition_inherits_what_it_does_not_say() -> None:
    assert DEFAULT.extends == "statutory-2026"
    assert (DEFAULT.warn, DEFAULT.clock, DEFAULT.figures) == (
        STATUTORY.warn,
        STATUTORY.clock,
        STATUTORY.figures,
    )
    assert {key: each for key, each in DEFAULT.limits.items() if ".level." not in key} == STATUTORY.limits


def test_warnings_figures_and_weights_are_those_of_the_rules() -> None:
    warn, figures = STATUTORY.warn, STATUTORY.figures
    assert (warn.blue, warn.yellow, warn.short_limit_hours) == (0.5, 0.8, 24)
    assert (warn.urge_after.n, warn.bulletin_after.n) == (1, 5)
    assert {figure: figures[figure].n for figure in figures} == {
        "petition.representatives_max": 5,
        "petition.extension_times": 1,
        "petition.extension_request_by_day": 50,
        "petition.integration_buffer_days": 10,
        "petition.route_alert_day": 12,
        "mediation.objection_max": 1,
        "whistle.objection_max": 1,
        "whistle.send_back_max": 2,
        "whistle.returns_before": 2,
        "whistle.repeat_calls": 3,
        "whistle.dispute_days": 2,
        "order.send_back_max": 1,
        "order.extension_times": 1,
        "order.shelving_review_days": 90,
    }
    assert STATUTORY.satisfaction == {
        Grade.VERY_SATISFIED: 1,
        Grade.SATISFIED: 1,
        Grade.FAIRLY_SATISFIED: 0.8,
        Grade.DISSATISFIED: 0,
        Grade.VERY_DISSATISFIED: 0,
    }


# Editions an operator writes.

OWN = """\
edition = "binhai-1"
extends = "statutory-2026"
title_zh = "滨海规则"
title_en = "Rules of Binhai"
released = 2026-12-01

[clock]
business_open = 08:00:00
business_close = 18:00:00
day_end = "close_of_business"
hours_run = "office"

[warn]
blue = 0.4
yellow = 0.9
short_limit_hours = 24
urge_after = { n = 1, unit = "working_day", starts_at = "breached", source = "本地", tag = "PROPOSED" }
bulletin_after = { n = 3, unit = "working_day", starts_at = "urged", source = "本地", tag = "PROPOSED" }

[satisfaction]
very_satisfied = 1.0
satisfied = 0.9
fairly_satisfied = 0.6
dissatisfied = 0
very_dissatisfied = 0

[figures]
"order.send_back_max" = { n = 2, source = "本地", tag = "PROPOSED" }

[[levels]]
code = "hall"
title_zh = "大厅"
title_en = "Hall"
committee_unit_kind = "town"
actors = ["mediator"]

[limits]
"order.handle.wish" = { n = 10, unit = "natural_day", starts_at = "done", source = "本地", tag = "PROPOSED" }
"mediation.level.hall" = { n = 9, unit = "working_day", starts_at = "met", source = "本地", tag = "PROPOSED" }

[limits."petition.route"]
n = 5
unit = "working_day"
starts_at = "registered"
source = "《浙江省信访条例》"
tag = "FOUND"
"""


def test_an_operators_edition_changes_only_what_it_names() -> None:
    own = parse_rulebook(OWN, STATUTORY)
    changed = {key for key in STATUTORY.limits if own.limits[key] != STATUTORY.limits[key]}
    assert changed == {"order.handle.wish", "petition.route"}
    assert own.limits["petition.route"] == Limit(
        "petition.route",
        5,
        TimeUnit.WORKING_DAY,
        "registered",
        Roll.NONE,
        (),
        "《浙江省信访条例》",
        Tag.FOUND,
    )
    assert (own.figures["order.send_back_max"].n, own.clock.business_open) == (2, time(8))
    assert (own.warn.bulletin_after.n, own.satisfaction[Grade.SATISFIED]) == (3, 0.9)
    assert (own.released, own.levels[0].title_zh) == (date(2026, 12, 1), "大厅")


def test_levels_of_the_base_go_with_their_limits_when_an_edition_draws_its_own() -> None:
    own = parse_rulebook(OWN.replace("statutory-2026", "default-3"), DEFAULT)
    assert [key for key in own.limits if ".level." in key] == ["mediation.level.hall"]


def test_a_digest_holds_the_resolved_content_and_nothing_else() -> None:
    own = parse_rulebook(OWN, STATUTORY)
    assert parse_rulebook("# 说明\n" + OWN.replace(" = 1.0", " = 1"), STATUTORY).digest == own.digest
    assert parse_rulebook(OWN.replace("n = 10,", "n = 11,"), STATUTORY).digest != own.digest
    longer = text_of("statutory-2026").replace("n = 60, unit", "n = 61, unit", 1)
    assert parse_rulebook(OWN, parse_rulebook(longer, None)).digest != own.digest


def test_an_edition_tells_what_it_extends_before_it_is_parsed() -> None:
    assert (base_of(OWN), base_of(text_of("statutory-2026"))) == ("statutory-2026", None)


def test_a_base_that_is_not_extended_leaves_no_trace() -> None:
    assert parse_rulebook(text_of("statutory-2026"), DEFAULT) == STATUTORY


def test_equal_rulebooks_are_one_key() -> None:
    again = parse_rulebook(text_of("default-3"), STATUTORY)
    assert {DEFAULT: 1}[again] == 1
    assert replace(again, digest="") != DEFAULT


ROUTE, WISH = 'limits."petition.route"', 'limits."order.handle.wish"'
BROKEN = [
    ('unit = "working_day"\n', 'unit = "workday"\n', f"{ROUTE}.unit", "must be one of minute, hour"),
    ("n = 5\n", "n = 5.5\n", f"{ROUTE}.n", "a whole number of working_day"),
    ("n = 5\n", "n = 0\n", f"{ROUTE}.n", "more than 0"),
    ("n = 5\n", "n = 6000000\n", f"{ROUTE}.n", "at most 3660"),
    ("n = 5\n", 'n = "5"\n', f"{ROUTE}.n", "must be a number"),
    ("n = 5\n", "n = true\n", f"{ROUTE}.n", "must be a number"),
    ("n = 5\n", "n = 5\nroll = 'next_workday'\n", f"{ROUTE}.roll", "only natural_day and month roll"),
    ("n = 5\n", "n = 5\nstart = 'x'\n", f"{ROUTE}.start", "unknown; allowed: n, note"),
    ('tag = "FOUND"', 'tag = "SURE"', f"{ROUTE}.tag", "FOUND, FOUND_WEAK, KNOWN, PROPOSED"),
    ('source = "《浙江省信访条例》"', 'source = " "', f"{ROUTE}.source", "must not be empty"),
    ("n = 10,", "n = -1,", f"{WISH}.n", "more than 0"),
    ('"order.handle.wish"', '"order.handle.wsh"', 'limits."order.handle.wsh"', "unknown"),
    ('"mediation.level.hall"', '"mediation.level.hal"', 'limits."mediation.level.hal"', "unknown"),
    ('"order.send_back_max"', '"order.send_back"', 'figures."order.send_back"', "order.send_back_max"),
    ("n = 2,", "n = -2,", 'figures."order.send_back_max".n', "negative"),
    ("blue = 0.4", "blue = 0.95", "warn.blue", "less than yellow"),
    ("yellow = 0.9", "yellow = 80", "warn.yellow", "from 0 to 1"),
    ("fairly_satisfied = 0.6", "fairly_satisfied = 0.6\ncontent = 1", "satisfaction.content", "unknown"),
    ("fairly_satisfied = 0.6\n", "", "satisfaction.fairly_satisfied", "missing"),
    ("business_open = 08:00:00", "business_open = 19:00:00", "clock.business_close", "after business_open"),
    ('day_end = "close_of_business"', 'day_end = "18:00"', "clock.day_end", "24:00, close_of_business"),
    ('committee_unit_kind = "town"', 'committee_unit_kind = "hall"', "levels.0.committee_unit_kind", "city"),
    ('actors = ["mediator"]', 'actors = ["judge"]', "levels.0.actors", "mediator"),
    ('actors = ["mediator"]', "actors = []", "levels.0.actors", "at least one"),
    ('code = "hall"', 'code = "hal"', 'limits."mediation.level.hall"', "unknown"),
    ('extends = "statutory-2026"', 'extends = "statutory-2025"', "extends", "known: statutory-2026"),
    ("released = 2026-12-01", 'released = "soon"', "released", "a date such as"),
    ('title_en = "Rules of Binhai"\n', "", "title_en", "is missing"),
    ("[clock]", "[clocks]", "clocks", "unknown"),
    ("[limits]", "[limits", "(TOML)", "]"),
]


def line_with(text: str, words: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), start=1) if words in line)


@pytest.mark.parametrize(
    ("right", "wrong", "path", "message"), BROKEN, ids=[f"{case[2]}-{case[3]}" for case in BROKEN]
)
def test_a_broken_edition_is_refused_with_path_and_what_is_allowed(
    right: str, wrong: str, path: str, message: str
) -> None:
    with pytest.raises(EditionError) as refused:
        parse_rulebook(OWN.replace(right, wrong, 1), STATUTORY)
    assert (refused.value.path, message in refused.value.message) == (path, True), refused.value


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ("n = 5\n", "n = -5\n", "n = -5"),
        ('tag = "FOUND"', 'tag = "SURE"', "SURE"),
        ("n = 10,", "n = 0,", '"order.handle.wish"'),
        ("yellow = 0.9", "yellow = 80", "yellow = 80"),
        ("urge_after = { n = 1,", "urge_after = { n = 0,", "urge_after"),
        ('actors = ["mediator"]', 'actors = ["judge"]', "judge"),
        ("[clock]", "[clocks]", "[clocks]"),
        ('source = "《浙江省信访条例》"\n', "", '[limits."petition.route"]'),
        ("fairly_satisfied = 0.6\n", "", "[satisfaction]"),
        ("released = 2026-12-01", "released = 2026-13-01", "2026-13-01"),
        ("blue = 0.4", "blue = 0.4\nblue = 0.5", "blue = 0.5"),
    ],
)
def test_a_broken_edition_is_refused_at_the_line_that_is_wrong(right: str, wrong: str, line: str) -> None:
    broken = OWN.replace(right, wrong, 1)
    with pytest.raises(EditionError) as refused:
        parse_rulebook(broken, STATUTORY)
    assert refused.value.line == line_with(broken, line), refused.value


def test_the_second_of_two_levels_is_named_by_its_own_line() -> None:
    text = text_of("gaotai-4x7").replace('"judicial_office"', '"justice"')
    with pytest.raises(EditionError, match=r"levels\.2\.committee_unit_kind") as refused:
        parse_rulebook(text, STATUTORY)
    assert refused.value.line == line_with(text, '"justice"')


def test_a_level_without_its_limit_is_refused() -> None:
    text = OWN.replace('"mediation.level.hall" =', '"order.handle.service" =')
    with pytest.raises(EditionError, match=r'the level hall needs limits\."mediation\.level\.hall"'):
        parse_rulebook(text, STATUTORY)


def test_a_level_given_twice_is_refused() -> None:
    level = OWN[OWN.index("[[levels]]") : OWN.index("[limits]")]
    with pytest.raises(EditionError, match=r"levels\.1\.code: hall is given twice"):
        parse_rulebook(OWN.replace(level, level + level), STATUTORY)
