"""What the demo's inspections look at, what they find, and what becomes of it. Everything is invented."""

from typing import NamedTuple

from app.inspections.models import InspectionKind, Mode, Severity

CHECKLIST = (
    ("制度与责任", "责任书逐级签订，公示满十五天", 10),
    ("制度与责任", "议事规则已修订，重大事项清单完整", 10),
    ("收费与采购", "收费项目、依据和标准公示齐全", 15),
    ("收费与采购", "大宗采购有比选记录和双人验收", 15),
    ("师德与服务", "师德专题学习有方案、有签到、有记录", 10),
    ("师德与服务", "课后服务自愿参加，一校一案", 10),
    ("资料与台账", "过程资料分项归档，目录与实物一致", 10),
)
MINOR, MAJOR, SERIOUS = Severity.MINOR, Severity.MAJOR, Severity.SERIOUS
PLAN_OF_ACTION = {
    "cause": "分管负责人更换后交接不清，日常检查没有跟上，制度停留在纸面。",
    "goal": "一个月内全部改正，今后不再发生同类问题。",
    "measures": "一、指定专人负责，当周完成补正；二、修订校内检查办法，每月自查一次；三、结果在行政会上通报。",
}
RESULT = "已按要求补正并公示，重新核对了同类事项，没有发现新的问题；修订后的检查办法自本月起执行。"
AGAIN = "回访时发现公示内容又已过期，整改没有保持，请重新整改并说明长效办法。"


class Finding(NamedTuple):
    unit: str
    category: str
    severity: Severity
    description: str
    correction: str
    story: tuple[tuple[int, str], ...] = ()
    """What becomes of its rectification: (day from today, step)."""
    due: int | None = None
    """Deadline, in days from today; by severity unless said."""
    immediate: bool = False


class Inspection(NamedTuple):
    title: str
    mode: Mode
    kind: InspectionKind
    by: str
    days: tuple[int, int]
    units: tuple[str, ...]
    until: str
    """The last step taken: planned, cancel, start, report, release."""
    released: int = 0
    visited: int = 99
    """How many of the targets were visited."""
    findings: tuple[Finding, ...] = ()


START, FILL, SHOW, SUBMIT = "start", "fill", "show", "submit"
DONE = ((-24, START), (-22, FILL), (-20, SHOW), (-20, SUBMIT), (-17, "close"))

INSPECTIONS = (
    Inspection(
        "开学工作和收费公示督查",
        Mode.ANNOUNCED,
        InspectionKind.ROUTINE,
        "supervisor",
        (-34, -30),
        ("实验小学", "第一中学", "柳林镇中心校", "第二幼儿园", "石桥镇中心校"),
        "release",
        released=-28,
        findings=(
            Finding(
                "实验小学",
                "资料归档",
                MINOR,
                "责任书签订资料缺少两个年级组的原件，目录与实物不一致。",
                "补齐原件，重新核对目录。",
                DONE,
            ),
            Finding(
                "第一中学",
                "教育收费",
                MAJOR,
                "校服费代收代付明细没有公示，家长不清楚结算办法。",
                "公示代收明细，建立每学期结算公布的办法。",
                (*DONE, (-9, "reopen"), (-7, FILL)),
                due=-14,
            ),
            Finding(
                "柳林镇中心校",
                "廉政风险",
                SERIOUS,
                "食堂食材采购连续两周只有一家报价，验收单由一人签字。",
                "重新比选，落实双人验收，对经办人员进行提醒。",
                (*DONE, (-12, "reopen"), (-10, FILL), (-8, SHOW), (-8, SUBMIT), (-5, "close")),
            ),
            Finding(
                "第二幼儿园",
                "制度建设",
                MINOR,
                "议事规则没有列出须回避的情形。",
                "修订规则，经教职工会议讨论后报备。",
                ((-25, START), (-20, "ask"), (-18, "approve"), (-15, FILL), (-4, SHOW), (-3, SUBMIT)),
            ),
            Finding(
                "石桥镇中心校",
                "课后服务",
                MAJOR,
                "课后服务报名表里预先勾选了同意，没有体现自愿。",
                "重新征求意见，更换报名表样式。",
                ((-26, START), (-18, FILL)),
                due=-8,
            ),
        ),
    ),
    Inspection(
        "课后服务和师德专题暗访",
        Mode.UNANNOUNCED,
        InspectionKind.ROUTINE,
        "supervisor",
        (-20, -17),
        ("育才小学", "第三中学", "实验小学"),
        "release",
        released=-13,
        findings=(
            Finding(
                "育才小学",
                "师德师风",
                SERIOUS,
                "一名教师在家长群推荐购买指定练习册。",
                "停止推荐并退还费用，按规定处理当事人，开展警示教育。",
                ((-12, START), (-10, FILL), (-8, SHOW), (-8, SUBMIT), (-6, "send_back")),
                due=1,
            ),
            Finding(
                "第三中学",
                "课后服务",
                MAJOR,
                "课后服务时间统一讲授新课。",
                "立即停止，按方案安排作业辅导和社团活动。",
                due=-2,
            ),
            Finding(
                "第三中学",
                "安全稳定",
                MINOR,
                "放学时段校门口没有值班登记。",
                "当天补设登记簿，明确值班人员。",
                ((-12, FILL), (-12, SHOW), (-12, SUBMIT), (-10, "close")),
                immediate=True,
            ),
            Finding(
                "实验小学",
                "课后服务",
                MINOR,
                "两个班的课后服务点名册缺少当日签退记录。",
                "补登签退，增加值班教师核对。",
                ((-9, "ask"),),
                due=10,
            ),
        ),
    ),
    Inspection(
        "招生与大宗采购专项检查",
        Mode.UNANNOUNCED,
        InspectionKind.SPECIAL_CAMPAIGN,
        "discipline",
        (-9, -6),
        ("清溪镇中心校", "白鹤镇中心幼儿园"),
        "report",
        findings=(
            Finding(
                "清溪镇中心校", "招生考试", MAJOR, "插班生审批表缺少集体研究记录。", "补充说明情况，完善审批程序。"
            ),
            Finding("白鹤镇中心幼儿园", "教育收费", MINOR, "伙食费结余没有按月公布。", "公布近三个月的收支明细。"),
        ),
    ),
    Inspection(
        "期中作业与课后服务暗访",
        Mode.UNANNOUNCED,
        InspectionKind.ROUTINE,
        "supervisor",
        (-1, 3),
        ("启明双语学校", "实验小学"),
        "start",
        visited=1,
        findings=(
            Finding("启明双语学校", "师德师风", MINOR, "教师值班表与实际在岗人员不一致。", "核对并公布值班安排。"),
        ),
    ),
    Inspection(
        "包联学校进度督导",
        Mode.ANNOUNCED,
        InspectionKind.LIAISON,
        "jiaoyu",
        (-6, 2),
        ("石桥镇东坪小学", "双河镇中心幼儿园", "第二中学"),
        "start",
        visited=2,
        findings=(
            Finding(
                "石桥镇东坪小学",
                "制度建设",
                MINOR,
                "责任书没有写明监督电话。",
                "补充后重新公示。",
                ((-5, START), (-4, FILL)),
                due=2,
            ),
        ),
    ),
    Inspection(
        "校园周边联合检查",
        Mode.ANNOUNCED,
        InspectionKind.JOINT,
        "supervisor",
        (-10, -8),
        ("青川中学", "职业教育中心"),
        "cancel",
    ),
)
DRAWN = "期末清廉校园双随机督查"
