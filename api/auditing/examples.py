"""Examples of the auditor's views for the OpenAPI description: one order of the demo town."""

_CASE = "O20261121-00012"
_OPENED, _DUE = "2026-11-23T09:00:00+08:00", "2026-11-25T00:00:00+08:00"
_EVENT = {
    "seq": 2, "at": "2026-11-23T09:00:00.000+08:00", "kind": "stage_entered", "cause": 1, "rule": "",
    "data": {"stage": "reviewing"},
}  # fmt: skip
_DUTY = {
    "number": 1, "kind": {"code": "order.review", "text": "社区审核"}, "about": "",
    "unit": {"path": "yunhe/binhu/xingye", "name": "星叶社区"}, "party": None, "rule": "order.review",
    "internal_due": "2026-11-24T17:30:00+08:00", "legal_due": _DUE, "provisional": False,
    "status": {"code": "open", "text": "未办"}, "opened_seq": 3, "breached_at": None, "settled_at": None,
    "why": None, "paused": False, "extended_days": 0,
}  # fmt: skip
_ROW = {
    "code": "order.handle", "text": "办理", "owed": 200, "owed_after": 200, "on_time_before": 0.95,
    "on_time_after": 0.9, "now_breached": 10, "now_met": 0, "appeared": 0, "vanished": 0, "otherwise": 0,
}  # fmt: skip

STATE = {
    "number": _CASE, "seq": 3, "last": 28, "at": _OPENED, "kind": {"code": "order", "text": "居民点单"},
    "features": [
        {"name": {"code": "stage", "text": "阶段"}, "value": "reviewing", "text": "社区审核"},
    ],
    "duties": [_DUTY], "parts": [],
}  # fmt: skip
DIFF = {
    "number": _CASE, "first": 1, "last": 3,
    "changes": [
        {"code": {"code": "feature", "text": "变更"}, "about": "stage", "label": "阶段", "before": "registered",
         "after": "reviewing"},
    ],
}  # fmt: skip
EXPLANATIONS = {
    "number": _CASE,
    "events": [
        {
            "event": _EVENT, "text": "进入阶段", "causes": [], "effects": [],
            "cited": {"rule": "order.review", "source": "本地默认（local default）",
                      "tag": {"code": "PROPOSED", "text": "本地默认"}, "n": 1,
                      "unit": {"code": "working_day", "text": "工作日"},
                      "starts_at": {"code": "filed", "text": "提出"}},
            "sums": [
                {"duty": 1, "kind": {"code": "order.review", "text": "社区审核"},
                 "internal_due": "2026-11-24T17:30:00+08:00", "legal_due": _DUE, "provisional": False,
                 "lines": [
                     {"code": "result", "day": None, "until": None, "at": _DUE, "detail": {},
                      "text": {"zh": "法定期限 2026-11-24 24:00", "en": "Legal due 2026-11-24 24:00"}},
                 ]},
            ],
            "refuses": False, "reasons": [], "escalated_why": None,
        },
    ],
    "refused": [
        {"at": _OPENED, "account": "shuiwu.handler", "act": {"code": "order.accept", "text": "接单"},
         "code": {"code": "out_of_turn", "text": "此刻不能办理"}, "about": []},
    ],
}  # fmt: skip
VERIFICATION = {
    "number": _CASE, "events": 28, "history_events": 61, "clean": True,
    "answers": [
        {"answer": {"code": "intact", "text": "完整"}, "clean": True, "findings": [],
         "unlooked": [{"why": {"code": "after_checkpoint", "text": "检查点之后"}, "about": "27–28"}]},
    ],
}  # fmt: skip
WHATIF = {
    "rulebook": "gaotai-4x7", "cases": 200, "changed": 10, "spared": 150, "cannot_run": 0,
    "refused": {"order.accept: out_of_turn": 2}, "by_duty": [_ROW], "by_unit": [_ROW], "by_matter": [_ROW],
}  # fmt: skip
CHECKPOINTS = {
    "items": [
        {"size": 120394, "at": _OPENED, "root": "9f2c…", "chains": 5120, "chains_root": "41aa…",
         "note": "herun.example/ledger\n120394\nnyw…\n\n— herun.example …\n"},
    ],
    "next": None,
}  # fmt: skip
ACCESS = {
    "items": [
        {"seq": 812, "at": _OPENED, "kind": {"code": "audit_viewed", "text": "查看审计"},
         "account": "shenji.auditor", "case": _CASE,
         "data": {"account": "shenji.auditor", "case_no": _CASE, "view": "state"}, "hash": "c0ffee…"},
    ],
    "next": "WzgxMl0",
}  # fmt: skip
