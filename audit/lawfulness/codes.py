"""What can be unlawful on a ledger: one code for each rule, with the text it rests on."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class LawCode(StrEnum):
    """Rules that a ledger is held to; 01 to 19 are numbered as in the domain rules, §9."""

    ACCUSED_REACHED = "lawful_01_accused_reached"
    ACCUSED_NOT_PASSED_ON = "lawful_01_accused_not_passed_on"
    RECUSED_ACTED = "lawful_02_recused_acted"
    LEADS = "lawful_03_leads"
    OBJECTION_LATE = "lawful_04_objection_late"
    OBJECTION_WITHOUT_REASON = "lawful_04_objection_without_reason"
    OBJECTED_AGAIN = "lawful_04_objected_again"
    RETURN_UNAPPROVED = "lawful_04_return_unapproved"
    CLOCK_STOPPED = "lawful_05_clock_stopped"
    CLOCK_RESTARTED = "lawful_05_clock_restarted"
    EXTENSION_REPEATED = "lawful_06_extension_repeated"
    EXTENSION_TOO_LONG = "lawful_06_extension_too_long"
    EXTENSION_LATE = "lawful_06_extension_late"
    EXTENSION_NOT_BY_HEAD = "lawful_06_extension_not_by_head"
    EXTENSION_UNTOLD = "lawful_06_extension_untold"
    PART_DUE_LATE = "lawful_07_part_due_late"
    PART_CAP_LATE = "lawful_07_part_cap_late"
    PARTS_OPEN = "lawful_08_parts_open"
    OPINION_REPEATED = "lawful_08_opinion_repeated"
    OPINION_INCOMPLETE = "lawful_08_opinion_incomplete"
    OPINION_MISSING = "lawful_08_opinion_missing"
    WAIVED_WITHOUT_REASON = "lawful_08_waived_without_reason"
    MEDIATED_AFTER_REFUSAL = "lawful_09_mediated_after_refusal"
    ACCEPTED_UNINFORMED = "lawful_10_accepted_uninformed"
    ACCEPTED_UNCONSENTED = "lawful_10_accepted_unconsented"
    MEDIATED_UNACCEPTED = "lawful_10_mediated_unaccepted"
    THIRD_PERSONS = "lawful_10_third_persons"
    CONSENT_INCOMPLETE = "lawful_10_consent_incomplete"
    AGREEMENT_UNSIGNED = "lawful_11_agreement_unsigned"
    AGREEMENT_UNSEALED = "lawful_11_agreement_unsealed"
    AGREEMENT_NOT_ON_PAPER = "lawful_11_agreement_not_on_paper"
    CONFIRMATION_WINDOW = "lawful_12_confirmation_window"
    CONFIRMATION_ALONE = "lawful_12_confirmation_alone"
    DANGER_NOT_PASSED_ON = "lawful_13_danger_not_passed_on"
    URGENT_NOT_REPORTED = "lawful_13_urgent_not_reported"
    OWN_WORK_RATED = "lawful_14_own_work_rated"
    RATED_BEFORE_DONE = "lawful_14_rated_before_done"
    NOT_BY_BLOWER = "lawful_15_not_by_blower"
    RATED_ITSELF = "lawful_15_rated_itself"
    NOT_RATIFIED = "lawful_15_not_ratified"
    SENT_BACK_TOO_OFTEN = "lawful_15_sent_back_too_often"
    TWIN_NOT_LINKED = "lawful_16_twin_not_linked"
    TWIN_NOT_IN_HAND = "lawful_16_twin_not_in_hand"
    NOT_FINAL = "lawful_16_not_final"
    REPRESENTATIVES = "lawful_17_representatives"
    COMMUNITY_LEADS = "lawful_18_community_leads"
    UNRATED_HIDDEN = "lawful_19_unrated_hidden"
    UNRATED_FALSE = "lawful_19_unrated_false"

    UNREADABLE = "lawful_20_unreadable"
    OPENED = "lawful_21_opened"
    SEQUENCE = "lawful_22_sequence"
    TIME_BACKWARDS = "lawful_23_time_backwards"
    CAUSE = "lawful_24_cause"
    ACT_UNKNOWN = "lawful_25_act_unknown"
    ACT_TWICE = "lawful_26_act_twice"
    ACT_INCOMPLETE = "lawful_27_act_incomplete"
    ROLE = "lawful_28_role"
    NO_RIGHT = "lawful_29_no_right"
    DUTY_NUMBER = "lawful_30_duty_number"
    DUTY_RULE = "lawful_31_duty_rule"
    DUTY_OWNER = "lawful_32_duty_owner"
    DUTY_NOT_OPEN = "lawful_33_duty_not_open"
    ANSWERS_NOTHING = "lawful_34_answers_nothing"
    NOT_OWNER = "lawful_35_not_owner"
    FULFILLED_WITHOUT_ACT = "lawful_36_fulfilled_without_act"
    NOT_FULFILLED = "lawful_37_not_fulfilled"
    WRONG_LAPSE = "lawful_38_wrong_lapse"
    AFTER_CLOSING = "lawful_39_after_closing"
    OPEN_AFTER_CLOSING = "lawful_40_open_after_closing"
    NOBODY_WAITS = "lawful_41_nobody_waits"
    OUTCOME = "lawful_42_outcome"
    LAPSE_INSTANT = "lawful_43_lapse_instant"
    LAPSE_MISSING = "lawful_44_lapse_missing"
    RULE_UNKNOWN = "lawful_45_rule_unknown"
    LEVELS = "lawful_46_levels"
    ESCALATION = "lawful_47_escalation"
    MARK_WRONG = "lawful_48_mark_wrong"
    MARK_MISSING = "lawful_49_mark_missing"

    DUE_WRONG = "lawful_50_due_wrong"
    MOVED_WRONG = "lawful_51_moved_wrong"
    PROVISIONAL_WRONG = "lawful_52_provisional_wrong"
    COUNTED_FROM = "lawful_53_counted_from"
    PAUSE_NOT_ALLOWED = "lawful_54_pause_not_allowed"
    MOVED_WITHOUT_CAUSE = "lawful_55_moved_without_cause"
    NOT_MOVED = "lawful_56_not_moved"
    EDITION_UNKNOWN = "lawful_57_edition_unknown"
    SIMPLE_SPLIT = "lawful_58_simple_split"
    REMEDIES_UNTOLD = "lawful_59_remedies_untold"
    SUCCESSION = "lawful_60_succession"

    LINK_ONE_WAY = "lawful_70_link_one_way"
    LETTER_UNTRUE = "lawful_71_letter_untrue"
    PART_OUTLIVES = "lawful_72_part_outlives"


_L = LawCode
_DUTY = "职责以规则为据（设计第1节）"
_RECORD = "台账（设计第5节）"
_TIME = "《民法典》第200—204条；所引版本的时限"

BASIS: Mapping[LawCode, str] = MappingProxyType(
    {
        _L.ACCUSED_REACHED: "《信访工作条例》第30条第3款、第46条第5项；《济南市12345市民服务热线条例》第32条",
        _L.ACCUSED_NOT_PASSED_ON: "《信访工作条例》第30条第3款",
        _L.RECUSED_ACTED: "《信访工作条例》第28条第3款",
        _L.LEADS: "《北京市接诉即办工作条例》第14条",
        _L.OBJECTION_LATE: "《信访工作条例》第23条第3款",
        _L.OBJECTION_WITHOUT_REASON: "《信访工作条例》第23条第3款",
        _L.OBJECTED_AGAIN: "《潍坊市12345政务服务便民热线条例》第22条",
        _L.RETURN_UNAPPROVED: "《信访工作条例》第23条第3款",
        _L.CLOCK_STOPPED: "《信访工作条例》第22、23、34条",
        _L.CLOCK_RESTARTED: "《信访工作条例》第22、23、34条",
        _L.EXTENSION_REPEATED: "《信访工作条例》第34条（本地读法）",
        _L.EXTENSION_TOO_LONG: "《信访工作条例》第34条",
        _L.EXTENSION_LATE: "《信访工作条例》第34条（本地读法）",
        _L.EXTENSION_NOT_BY_HEAD: "《信访工作条例》第34条",
        _L.EXTENSION_UNTOLD: "《信访工作条例》第34条；《北京市接诉即办工作条例》第15条",
        _L.PART_DUE_LATE: "本地默认（local default）：分单早于整件到期",
        _L.PART_CAP_LATE: "本地默认（local default）：petition.integration_buffer_days",
        _L.PARTS_OPEN: "《信访工作条例》第32条；《北京市接诉即办工作条例》第14条",
        _L.OPINION_REPEATED: "《信访工作条例》第32条",
        _L.OPINION_INCOMPLETE: "《信访工作条例》第32条",
        _L.OPINION_MISSING: "《信访工作条例》第31条第6项、第32条",
        _L.WAIVED_WITHOUT_REASON: "本地默认（local default）：免办须说明理由",
        _L.MEDIATED_AFTER_REFUSAL: "《人民调解法》第17、23条",
        _L.ACCEPTED_UNINFORMED: "《人民调解工作若干规定》第30条",
        _L.ACCEPTED_UNCONSENTED: "《人民调解法》第17条",
        _L.MEDIATED_UNACCEPTED: "《人民调解法》第17条；《人民调解工作若干规定》第30条",
        _L.THIRD_PERSONS: "《人民调解法》第20条",
        _L.CONSENT_INCOMPLETE: "《深圳经济特区矛盾纠纷多元化解条例》第25条；《宁波市人民调解条例》第27条",
        _L.AGREEMENT_UNSIGNED: "《人民调解法》第29条",
        _L.AGREEMENT_UNSEALED: "《人民调解法》第29条",
        _L.AGREEMENT_NOT_ON_PAPER: "《电子签名法》第3条",
        _L.CONFIRMATION_WINDOW: "《人民调解法》第33条；《民事诉讼法》第205条",
        _L.CONFIRMATION_ALONE: "《人民调解法》第33条",
        _L.DANGER_NOT_PASSED_ON: "《人民调解法》第25条",
        _L.URGENT_NOT_REPORTED: "《信访工作条例》第25条",
        _L.OWN_WORK_RATED: "《北京市接诉即办工作条例》第23条",
        _L.RATED_BEFORE_DONE: "《北京市接诉即办工作条例》第23条",
        _L.NOT_BY_BLOWER: "《北京市接诉即办工作条例》第33条（本地读法）",
        _L.RATED_ITSELF: "《北京市接诉即办工作条例》第33条",
        _L.NOT_RATIFIED: "本地默认（local default）：应急哨先吹后补批",
        _L.SENT_BACK_TOO_OFTEN: "本地默认（local default）：whistle.send_back_max、order.send_back_max",
        _L.TWIN_NOT_LINKED: "《信访工作条例》第19条第3款",
        _L.TWIN_NOT_IN_HAND: "《信访工作条例》第19条第3款、第36条第3款",
        _L.NOT_FINAL: "《信访工作条例》第36条第3款",
        _L.REPRESENTATIVES: "《信访工作条例》第20条第3款",
        _L.COMMUNITY_LEADS: "《北京市接诉即办工作条例》第17条第2款",
        _L.UNRATED_HIDDEN: "未评价不等于满意（本地默认 local default）",
        _L.UNRATED_FALSE: "未评价不等于满意（本地默认 local default）",
        _L.UNREADABLE: _RECORD,
        _L.OPENED: _RECORD,
        _L.SEQUENCE: _RECORD,
        _L.TIME_BACKWARDS: "ADR 0014",
        _L.CAUSE: _RECORD,
        _L.ACT_UNKNOWN: _DUTY,
        _L.ACT_TWICE: "ADR 0003",
        _L.ACT_INCOMPLETE: _DUTY,
        _L.ROLE: _DUTY,
        _L.NO_RIGHT: _DUTY,
        _L.DUTY_NUMBER: _DUTY,
        _L.DUTY_RULE: _DUTY,
        _L.DUTY_OWNER: _DUTY,
        _L.DUTY_NOT_OPEN: _DUTY,
        _L.ANSWERS_NOTHING: _DUTY,
        _L.NOT_OWNER: _DUTY,
        _L.FULFILLED_WITHOUT_ACT: _DUTY,
        _L.NOT_FULFILLED: _DUTY,
        _L.WRONG_LAPSE: "ADR 0001",
        _L.AFTER_CLOSING: _RECORD,
        _L.OPEN_AFTER_CLOSING: _DUTY,
        _L.NOBODY_WAITS: "首问负责：到期不自动结案（本地默认 local default）",
        _L.OUTCOME: _RECORD,
        _L.LAPSE_INSTANT: "《民法典》第203条；ADR 0014",
        _L.LAPSE_MISSING: "《民法典》第203条；ADR 0014",
        _L.RULE_UNKNOWN: _DUTY,
        _L.LEVELS: "三级响应：逐级报告（甘肃省高台县“四级七天”；本地默认 local default）",
        _L.ESCALATION: "《信访工作条例》第24、25条；《北京市街道办事处条例》第17、44条",
        _L.MARK_WRONG: "催办、通报（二手文本）；所引版本的warn",
        _L.MARK_MISSING: "催办、通报（二手文本）；所引版本的warn",
        _L.DUE_WRONG: _TIME,
        _L.MOVED_WRONG: _TIME,
        _L.PROVISIONAL_WRONG: "《全国年节及纪念日放假办法》；ADR 0013",
        _L.COUNTED_FROM: "《民法典》第201条；所引版本的starts_at",
        _L.PAUSE_NOT_ALLOWED: "《信访工作条例》第36条第2款；所引版本的pausable_by",
        _L.MOVED_WITHOUT_CAUSE: _TIME,
        _L.NOT_MOVED: "ADR 0013",
        _L.EDITION_UNKNOWN: "ADR 0013",
        _L.SIMPLE_SPLIT: "《信访事项简易办理办法（试行）》",
        _L.REMEDIES_UNTOLD: "《人民调解法》第26条；《信访工作条例》第31条；《北京市接诉即办工作条例》第11条第3款",
        _L.SUCCESSION: "《信访工作条例》第24条",
        _L.LINK_ONE_WAY: _RECORD,
        _L.LETTER_UNTRUE: _RECORD,
        _L.PART_OUTLIVES: "本地默认（local default）：整件已结，分单收回",
    }
)
"""Code → the article, the edition's figure or the decision that it rests on."""
