"""Examples for the OpenAPI description: made from the forms where they can be, one case's life where not."""

from collections.abc import Mapping
from typing import Any

from api.forms import BLANKS, Blank
from domain.acts import Act
from domain.vocabulary import CaseKind

_CASE = "O20261121-00012"
_TEXTS: Mapping[str, str] = {
    "reason": "漏水的是小区公共水管，由水务部门负责更换。",
    "record": "双方到场，房东同意承担一半维修费。",
    "result": "已更换破损水管，现场恢复供水。",
    "text": "又漏了，今天楼道积水更深。",
    "facts": "热水器老化漏水，维修费六百元。",
    "responsibility": "房东承担四百元，租客承担二百元。",
    "terms": "房东于三日内支付四百元。",
    "manner": "微信转账。",
    "claims": "请求更换公共水管。",
    "legal_basis": "《信访工作条例》第三十一条、第三十二条。",
    "claim": "查明漏水原因并更换水管。",
    "place": "星叶社区三号楼前",
    "person": "市水务局值班人员",
}
_KINDS: Mapping[str, Any] = {
    "text": "情况属实。",
    "unit": "市水务局",
    "party": f"{_CASE}.1",
    "case": "O20261121-00008",
    "account": "xingye.mediator",
    "matter": "03.01.02",
    "calendar": "cn-2026",
    "file": "c1:" + "a" * 52,
    "number": 2.5,
    "flag": True,
    "date": "2026-12-01",
    "instant": "2026-12-01T09:00:00+08:00",
}
_CHOICES: Mapping[str, str] = {"category": "claim", "path": "residual", "share": "lead"}


def example_of(act: type[Act]) -> dict[str, Any]:
    """What a client could send for an act."""
    return _example(BLANKS[act.code])


def _example(blanks: tuple[Blank, ...]) -> dict[str, Any]:
    return {blank.name: _value(blank) for blank in blanks if blank.required or blank.name in _CHOICES}


def _value(blank: Blank) -> Any:
    one = _one(blank)
    if not blank.many:
        return one
    return [one, "市城市管理局"] if blank.name == "units" else [one]


def _one(blank: Blank) -> Any:
    match blank.kind:
        case "group":
            return _example(blank.blanks)
        case "choice":
            return _CHOICES.get(blank.name, blank.choices[0].value)
        case "integer":
            return 5
        case "text":
            return _TEXTS.get(blank.name, _KINDS["text"])
        case kind:
            return _KINDS[kind]


_MATTER = {
    "title": "小区门口水管漏水", "text": "三号楼前的公共水管爆裂，楼道积水，没有人管。", "place": "星叶社区",
    "matter": "03.01.02",
}  # fmt: skip
_PERSON = {"name": "甲禾", "phone": "13800000000"}

OPENINGS: Mapping[CaseKind, dict[str, Any]] = {
    CaseKind.ORDER: {**_MATTER, "applicant": _PERSON, "service": "utility"},
    CaseKind.MEDIATION: {
        "title": "租客与房东的维修费纠纷", "text": "热水器坏了，双方都说该对方修。", "place": "星叶社区",
        "applicants": [_PERSON], "respondents": [{"name": "乙槐", "phone": "13900000000"}],
    },
    CaseKind.PETITION: {**_MATTER, "petitioner": _PERSON},
    CaseKind.WHISTLE: {**_MATTER, "whistle": "everyday", "departments": ["市水务局", "市城管局"]},
}  # fmt: skip

_OPENED, _DUE = "2026-11-23T09:00:00+08:00", "2026-11-25T00:00:00+08:00"
_UNIT = {"path": "yunhe/binhu/xingye", "name": "星叶社区"}
_KIND, _STAGE = {"code": "order", "text": "居民点单"}, {"code": "reviewing", "text": "社区审核"}
_DUTY = {
    "number": 1, "kind": {"code": "order.review", "text": "社区审核"},
    "nature": {"code": "obligation", "text": "义务"}, "about": "", "unit": _UNIT,
    "roles": [{"code": "community_worker", "text": "社区工作者"}], "party": None, "rule": "order.review",
    "source": "本地默认（local default）", "tag": {"code": "PROPOSED", "text": "本地默认"},
    "counted_from": _OPENED, "internal_due": "2026-11-24T17:30:00+08:00", "legal_due": _DUE,
    "provisional": False,
}  # fmt: skip
_EVENT = {
    "seq": 2, "at": "2026-11-23T09:00:00.000+08:00", "kind": "stage_entered", "cause": 1, "rule": "",
    "data": {"stage": "reviewing"},
}  # fmt: skip
_DUTY_NOW = {**_DUTY, "status": "open", "colour": None, "seconds_left": 140_400, "paused": False}
_LINE = {
    "number": _CASE, "kind": _KIND, "stage": _STAGE, "title": _MATTER["title"],
    "matter": {"code": "03.01.02", "text": "供水管网漏损"}, "community": _UNIT, "unit": None,
    "opened_at": _OPENED, "closed_at": None, "outcome": None, "next_due": _DUE, "breaches": 0, "drill": False,
}  # fmt: skip
_POSSIBLE = {
    "act": "order.divert", "text": "引导分流", "duty": 1, "method": "POST",
    "href": f"/v1/cases/{_CASE}/acts/order.divert",
    "fields": [
        {"name": "channel", "label": "去向", "kind": "choice", "required": True,
         "choices": [{"code": "hotline", "text": "12345热线"}]},
    ],
}  # fmt: skip
_RATE = {"rate": 0.95, "numerator": 190, "denominator": 200, "coverage": 0.8, "of": 250}

RECEIPT = {
    "number": _CASE, "first": 1, "last": 3, "at": _OPENED, "events": [_EVENT], "duties": [_DUTY],
    "next_due": _DUE,
}  # fmt: skip
CASES = {"items": [_LINE], "next": "WyIyMDI2LTExLTIxVDA5OjAwOjAwKzA4OjAwIiwiTzIwMjYxMTIxLTAwMDEyIl0"}
CASE = {
    **_LINE, "text": _MATTER["text"], "level": None, "service": {"code": "utility", "text": "水电气热"},
    "town": {"path": "yunhe/binhu", "name": "滨湖街道"}, "lead": None,
    "rulebook": {"digest": "9f2c…", "edition": "default-3", "title": "三级响应（默认）"},
    "calendar": {"digest": "41aa…", "edition": "cn-2026", "title": "cn-2026"}, "seq": 3, "stuck": False,
    "parties": [{"id": f"{_CASE}.1", **_PERSON, "address": None}], "duties": [_DUTY_NOW],
    "possible_acts": [_POSSIBLE], "parts": [], "parent": None,
}  # fmt: skip
WORKLIST = {
    "items": [
        {"case": _CASE, "kind": _KIND, "title": _MATTER["title"], "matter": _LINE["matter"],
         "community": _UNIT, "duty": _DUTY_NOW},
    ],
    "next": None,
}  # fmt: skip
TIMELINE = {
    "number": _CASE,
    "events": [{**_EVENT, "text": "进入阶段 · 社区审核", "actor": None, "words": {}}],
}
EXPLANATION = {
    "number": _CASE, "duty": 1, "kind": _DUTY["kind"], "rule": "order.review", "source": _DUTY["source"],
    "tag": _DUTY["tag"], "internal_due": _DUTY["internal_due"], "legal_due": _DUE, "provisional": False,
    "lines": [
        {"code": "start", "day": "2026-11-23", "until": None, "at": _OPENED, "detail": {"counted": False},
         "text": {"zh": "2026-11-23 09:00 起算，当日不计入",
                  "en": "Counted from 2026-11-23 09:00; that day is not counted"}},
        {"code": "result", "day": None, "until": None, "at": _DUE, "detail": {"provisional": False},
         "text": {"zh": "内部期限 2026-11-24 17:30，法定期限 2026-11-24 24:00",
                  "en": "Internal due 2026-11-24 17:30, legal due 2026-11-24 24:00"}},
    ],
}  # fmt: skip
STATISTICS = {
    "since": "2026-11-01T00:00:00+08:00", "until": None, "drill": False, "cases": 260, "closed": 250,
    "breaches": 10, "hidden": 3, "response": _RATE, "resolution": _RATE, "satisfaction": _RATE, "on_time": _RATE,
    "by_unit": [{"code": "yunhe/shuiwu", "name": "云河市水务局", "on_time": _RATE}],
    "by_matter": [{"code": "03.01.02", "name": "供水管网漏损", "on_time": _RATE}],
    "by_community": [{"code": _UNIT["path"], "name": _UNIT["name"], "on_time": _RATE}],
    "basis": {"zh": "本地默认口径……", "en": "Local default…"},
}  # fmt: skip
MATTERS = [
    {"code": "03.01.02", "parent": "03.01", "name": "供水管网漏损", "route": _KIND,
     "service": {"code": "utility", "text": "水电气热"}, "lead": "yunhe/shuiwu", "urgent": False,
     "paper_only": False},
]  # fmt: skip
ORGANISATIONS = [
    {"path": "yunhe/shuiwu", "kind": {"code": "department", "text": "部门"}, "name": "云河市水务局",
     "aliases": ["水务局"], "successor": None},
]  # fmt: skip
RULEBOOKS = [
    {"edition": "default-3", "digest": "9f2c…", "title": "三级响应（默认）", "released": "2026-11-21",
     "extends": "statutory-2026",
     "levels": [{"code": "village", "title": "村（社区）调解", "limit": "mediation.level.village"}],
     "limits": [{"key": "petition.handle", "n": 60, "unit": {"code": "natural_day", "text": "自然日"},
                 "starts_at": {"code": "accepted", "text": "受理（接单）"},
                 "roll": {"code": "next_workday", "text": "末日逢休息日顺延"}, "pausable_by": [],
                 "source": "《信访工作条例》第34条", "tag": {"code": "FOUND", "text": "有原文出处"},
                 "soft": False, "note": ""}]},
]  # fmt: skip
ME = {
    "account": "xingye.worker", "name": "甲岚", "unit": _UNIT,
    "role": {"code": "community_worker", "text": "社区工作者"}, "may_open": [_KIND],
}  # fmt: skip
SESSION = {"step": {"code": "open", "text": "已登录"}, "csrf": "pIuVvTtY4bB0w6k1…"}
SESSIONS = [
    {"id": 12, "way": {"code": "password", "text": "口令"}, "device": "Mozilla/5.0 (Windows NT 10.0)",
     "began_at": "2026-11-21T08:31:00+08:00", "seen_at": "2026-11-21T09:02:00+08:00", "is_this": True},
]  # fmt: skip
ENROLMENT = {"secret": "JBSWY3DPEHPK3PXP…", "uri": "otpauth://totp/…", "svg": "<svg …></svg>"}
RECOVERY_CODES = {"recovery_codes": ["abcd-efgh-2345-67ab"], "session": SESSION}
SENT = {"message": "若编号与登记的电话相符，验证码已经发出，十分钟内有效。"}
ATTACHED = {
    "commitment": "c1:bq7k…", "media_type": "image/jpeg", "bytes": 183_204,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}  # fmt: skip
ATTACHMENTS = [
    {
        **ATTACHED,
        "at": "2026-11-21T09:02:00+08:00",
        "seq": 7,
        "href": f"/v1/cases/{_CASE}/attachments/c1:bq7k…",
    }
]
DOCUMENTS = [
    {
        "document": {"code": "rights_notice", "text": "人民调解权利义务告知书"}, "ready": True,
        "href": "/v1/cases/M20261121-00012/documents/rights_notice",
    }
]  # fmt: skip
READY = {"status": "ready", "postgres": True, "temporal": True}
