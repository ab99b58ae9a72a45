"""The columns of a table of plan items, as the ledger has them (任务分解台账)."""

from app.imports.columns import Column, Wrong, beside, choice, joined, labelled, narrow, plain, several, text, words_of
from app.plans.cells import BESIDE
from app.plans.importing.known import Known
from app.plans.models import CADENCE_LABELS, EVIDENCE_KIND_LABELS, Cadence, EvidenceKind

OTHER_CADENCES = {
    "一次性": Cadence.ONCE,
    "单次": Cadence.ONCE,
    "按月": Cadence.MONTHLY,
    "每月一次": Cadence.MONTHLY,
    "按季度": Cadence.QUARTERLY,
    "每季": Cadence.QUARTERLY,
    "每季度一次": Cadence.QUARTERLY,
    "按学期": Cadence.TERMLY,
    "每学期一次": Cadence.TERMLY,
    "每年一次": Cadence.YEARLY,
    "年度": Cadence.YEARLY,
    "常态化": Cadence.STANDING,
    "持续推进": Cadence.STANDING,
}
OTHER_KINDS = {
    "规章制度": EvidenceKind.POLICY,
    "制度文件": EvidenceKind.POLICY,
    "实施方案": EvidenceKind.SCHEME,
    "工作方案": EvidenceKind.SCHEME,
    "会议记录": EvidenceKind.MEETING,
    "会议纪要": EvidenceKind.MEETING,
    "活动记录": EvidenceKind.ACTIVITY,
    "活动资料": EvidenceKind.ACTIVITY,
    "检查记录": EvidenceKind.INSPECTION,
    "整改材料": EvidenceKind.RECTIFICATION,
    "整改报告": EvidenceKind.RECTIFICATION,
    "工作总结": EvidenceKind.SUMMARY,
}
MOST_FIGURES = 9
_kinds = several(choice(EVIDENCE_KIND_LABELS, OTHER_KINDS))


def _evidence(cell: str, known: Known) -> list[str]:
    """In their usual order, so that the order in the cell changes nothing."""
    given = _kinds(cell, known)
    return [kind.value for kind in EvidenceKind if kind in given]


def _whole(cell: str, _known: Known) -> int:
    figures = narrow(cell)
    if not (figures.isascii() and figures.isdigit() and len(figures) <= MOST_FIGURES):
        raise Wrong("请填写整数")
    return int(figures)


def _area(area_id: int | None, known: Known) -> str:
    return "" if area_id is None else known.area_titles[area_id]


COLUMNS = (
    Column(
        "plan",
        "方案",
        ("工作方案", "方案名称", "所属方案"),
        text,
        plain,
        hint="方案名称或文号；草稿只有一份时不用填",
        width=24,
    ),
    Column(
        "area",
        "领域",
        ("方面", "任务领域", "所属领域", "任务板块", "板块"),
        text,
        _area,
        hint="方案里的领域名称",
        width=18,
    ),
    Column(
        "number",
        "序号",
        ("任务序号", "任务编号", "项号", "编号", "条目"),
        text,
        plain,
        example="1",
        hint="方案里的任务序号",
        width=8,
    ),
    Column(
        "title",
        "重点任务",
        ("任务", "任务名称", "工作任务", "任务内容", "主要任务", "任务事项", "工作事项", "工作内容"),
        text,
        plain,
        required=True,
        example="健全学校议事决策制度",
        width=34,
    ),
    Column("key", "任务标识", ("标识",), text, plain, hint="系统给每项任务的标识，一般不用填"),
    Column(
        "measures",
        "具体措施",
        ("主要措施", "工作措施", "措施", "落实措施", "具体内容", "工作要求", "措施内容"),
        text,
        plain,
        example="修订议事规则，重大事项集体研究并留存记录。",
        width=40,
    ),
    Column(
        "required_evidence",
        "成果形式",
        ("所需印证材料", "需要的印证资料", "成果", "工作成果", "预期成果", "成果要求"),
        _evidence,
        joined(labelled(EVIDENCE_KIND_LABELS)),
        example="制度、会议",
        hint="提交审核时必须有的印证资料，可写几种，用顿号隔开：" + "、".join(EVIDENCE_KIND_LABELS.values()),
        width=18,
    ),
    Column(
        "lead",
        "牵头股室",
        (
            "牵头单位",
            "牵头部门",
            "牵头科室",
            "牵头",
            "牵头责任单位",
            "牵头责任股室",
            "主办单位",
            "主办股室",
            "主责单位",
        ),
        text,
        joined(plain),
        example="党办",
        width=18,
    ),
    Column(
        "cooperate",
        "配合股室",
        (
            "配合单位",
            "配合部门",
            "配合科室",
            "协助单位",
            "配合",
            "协办单位",
            "协办股室",
            "协办部门",
            "配合责任单位",
            "参与单位",
            "参加单位",
        ),
        text,
        joined(plain),
        example="人事股",
        width=24,
    ),
    Column(
        "responsible",
        "责任股室",
        (
            "责任单位",
            "责任部门",
            "责任科室",
            "承办单位",
            "责任主体",
            "落实单位",
            "实施单位",
            "承办股室",
            "承办部门",
            "责任处室",
            "责任办",
        ),
        text,
        joined(plain),
        example="各学校（园）",
        hint="不分牵头、配合的责任单位；也可以写成“党办（牵头）、人事股（配合）”",
        width=24,
    ),
    Column(
        "deadline",
        "完成时限",
        (
            "时限",
            "完成时间",
            "截止时间",
            "完成期限",
            "时间",
            "时间节点",
            "时限要求",
            "办结时限",
            "完成日期",
            "截止日期",
            "时间安排",
        ),
        text,
        plain,
        example="2026年12月底前",
        hint="一个日期，或照方案原文写：2026年12月底前、每月25日前、长期坚持",
        width=18,
    ),
    Column("deadline_text", "时限原文", (), text, plain, hint="完成时限填了日期，又要留下原文时填写", width=18),
    Column(
        "cadence",
        "办理周期",
        ("周期", "频次", "办理频次", "工作周期", "开展频次", "报送周期"),
        choice(CADENCE_LABELS, OTHER_CADENCES),
        labelled(CADENCE_LABELS),
        choices=words_of(CADENCE_LABELS),
        hint="新任务留空时，按完成时限的写法判断",
    ),
    Column("weight", "权重", ("分值",), _whole, plain, example="1", hint="0 到 1000 的整数；新任务留空为 1", width=8),
    *BESIDE,
    beside(
        "progress",
        "进展",
        ("办理进展", "推进情况", "工作情况", "最新进展", "进展情况", "工作进展", "完成情况", "落实情况", "办理情况"),
        "进展由责任单位填报，请用“任务进展”导入",
    ),
)
