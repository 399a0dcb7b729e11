"""What simulated people write: a small catalogue of sentences, by what they are for."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Saying(StrEnum):
    """What a sentence is for."""

    DONE = "done"
    NOT_DONE = "not_done"
    NOT_OURS = "not_ours"
    NO_HANDS = "no_hands"
    OURS_TO_RULE = "ours_to_rule"
    MORE_TIME = "more_time"
    NO_MORE_TIME = "no_more_time"
    PROGRESS = "progress"
    LATE_BECAUSE = "late_because"
    NOT_CONTENT = "not_content"
    DIVERTED = "diverted"
    NEW_MATERIAL = "new_material"
    CHANGED_MIND = "changed_mind"
    VISITED = "visited"
    INVESTIGATED = "investigated"
    SESSION = "session"
    STUCK = "stuck"
    NOT_MEDIABLE = "not_mediable"
    FACTS = "facts"
    RESPONSIBILITY = "responsibility"
    TERMS = "terms"
    MANNER = "manner"
    CONFERENCE = "conference"
    SCAN = "scan"
    PERFORMED = "performed"
    RETURN_VISIT = "return_visit"
    RISK = "risk"
    HELP_NEEDED = "help_needed"
    CLAIM = "claim"
    NOTICE = "notice"
    NOTICE_REFUSED = "notice_refused"
    CLAIMS = "claims"
    OPINION_FACTS = "opinion_facts"
    LEGAL_BASIS = "legal_basis"
    REPLY = "reply"
    WAIVED = "waived"
    MEDIATION = "mediation"
    ASK_REVIEW = "ask_review"
    RULING = "ruling"
    HEARING = "hearing"
    PLACE = "place"
    TOWN_CAN = "town_can"
    TASK = "task"
    ON_SITE = "on_site"
    GOVERNMENT = "government"


PHRASES: Mapping[Saying, tuple[str, ...]] = MappingProxyType(
    {
        Saying.DONE: (
            "已到现场处理完毕，并向居民当面说明。",
            "问题已整改，现场复查正常，照片已存。",
            "已联系养护单位修复，恢复使用。",
            "已协调相关方达成一致，居民表示认可。",
        ),
        Saying.NOT_DONE: (
            "涉及历史遗留问题，目前不具备解决条件，已向居民解释。",
            "需列入下一年度计划，已说明原因和预计时间。",
        ),
        Saying.NOT_OURS: (
            "经核，该事项不属我单位职责，建议转主管部门。",
            "管养边界在红线以外，请核实后另派。",
        ),
        Saying.NO_HANDS: ("近期人手已排满，无法认领。", "不具备相应资质，不便承接。"),
        Saying.OURS_TO_RULE: ("经核实，按三定方案属你单位职责，请继续办理。",),
        Saying.MORE_TIME: ("材料采购尚需数日，申请延期。", "需多部门现场会商，申请延长办理时间。"),
        Saying.NO_MORE_TIME: ("理由不充分，请按原期限办结。",),
        Saying.PROGRESS: ("已现场勘查，正在拟订方案。", "已完成大部分工作，剩余部分正在推进。"),
        Saying.LATE_BECAUSE: ("连日降雨无法施工，致使超期。", "协调产权单位耗时较长，致使超期。"),
        Saying.NOT_CONTENT: ("处理后没两天又出现同样问题，请再来看看。", "只回了电话，没有到现场，不认可。"),
        Saying.DIVERTED: ("该事项有法定渠道，已告知办理途径。",),
        Saying.NEW_MATERIAL: ("补充现场照片和票据。", "补充情况说明一份。"),
        Saying.CHANGED_MIND: ("问题已自行解决，申请撤回。", "双方已私下谈好，不再继续。"),
        Saying.VISITED: ("已分别与双方见面，了解了争议经过和诉求。", "已电话联系双方，约定见面时间。"),
        Saying.SESSION: (
            "双方到场陈述，争议集中在责任比例。",
            "背对背做了工作，分歧缩小。",
            "双方情绪平稳，同意继续协商。",
        ),
        Saying.INVESTIGATED: ("实地查看现场，询问邻居两人，记录附后。", "调取合同和转账记录核对。"),
        Saying.STUCK: ("双方分歧较大，超出本级能力，附卷宗上报。",),
        Saying.NOT_MEDIABLE: ("该事项已在法院立案，不属于调解范围。",),
        Saying.FACTS: ("双方确认争议的事实经过如笔录所载。",),
        Saying.RESPONSIBILITY: ("双方按约定比例各自承担责任。",),
        Saying.TERMS: ("一次性补偿并恢复原状，此后互不追究。", "分两期支付，首期签字当日付清。"),
        Saying.MANNER: ("转账支付，社区见证。", "由责任方委托施工，验收后结清。"),
        Saying.CONFERENCE: ("联席会议研究后作出决定，记录附后。",),
        Saying.SCAN: ("签字纸质件扫描件。",),
        Saying.PERFORMED: ("已查看付款凭证和现场。", "履行进度与约定不符，已督促。"),
        Saying.RETURN_VISIT: ("电话回访，双方均无新的意见。", "上门回访，一方仍有不满。"),
        Saying.RISK: ("一方扬言报复，现场有推搡。",),
        Saying.HELP_NEEDED: ("请派人核实并处理引发纠纷的设施问题。",),
        Saying.CLAIM: ("请就此项诉求调查核实并提出处理意见。",),
        Saying.NOTICE: ("决定予以受理，办理期限和查询方式见告知书。",),
        Saying.NOTICE_REFUSED: ("不予受理，理由和其他途径见告知书。",),
        Saying.CLAIMS: ("信访人请求查明事实并解决所反映的问题。",),
        Saying.OPINION_FACTS: ("经各承办单位调查，查明事实如下所述。",),
        Saying.LEGAL_BASIS: ("依据《信访工作条例》第三十二条及有关规定。",),
        Saying.REPLY: (
            "建议已收悉，研究后予以采纳。",
            "所提建议已转入年度计划参考。",
            "已按规定处理，情况另行告知。",
        ),
        Saying.WAIVED: ("其他承办单位的结果已足以答复，不再等待此单。",),
        Saying.MEDIATION: ("双方同意就其中的民事争议进行调解。",),
        Saying.ASK_REVIEW: ("对处理意见不服，请求上级机关依法审查。",),
        Saying.RULING: ("经审查，作出如下决定。",),
        Saying.HEARING: ("听证笔录。",),
        Saying.PLACE: ("事发地点现场集合。",),
        Saying.TOWN_CAN: ("本街道可自行协调，不必吹哨。",),
        Saying.TASK: ("按职责完成所承担的事项并反馈结果。",),
        Saying.ON_SITE: ("带队负责人已到现场签到。",),
        Saying.GOVERNMENT: ("经研究，指定牵头单位，不得退回。",),
    }
)
"""Purpose → sentences, one of which is taken."""
