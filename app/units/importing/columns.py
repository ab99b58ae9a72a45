"""The columns of a table of units."""

from app.imports.columns import (
    Column,
    choice,
    code,
    day,
    joined,
    labelled,
    plain,
    several,
    text,
    words_of,
)
from app.units.importing.known import Known
from app.units.importing.naming import title, unit
from app.units.models import (
    DUTY_LABELS,
    KIND_LABELS,
    OWNERSHIP_LABELS,
    STAGE_LABELS,
    Duty,
    Ownership,
    Stage,
    UnitKind,
)

PLAIN = ("name", "stages", "ownership", "valid_from", "valid_to", "school_code", "credit_code", "duty")
"""Columns that are fields as they stand."""
DAYS = ("valid_from", "valid_to")
OTHER_KINDS = {
    "中小学": UnitKind.SCHOOL,
    "小学": UnitKind.SCHOOL,
    "中学": UnitKind.SCHOOL,
    "科室": UnitKind.OFFICE,
    "党组织": UnitKind.PARTY_ORGANIZATION,
}
OTHER_STAGES = {"幼儿园": Stage.KINDERGARTEN, "学前教育": Stage.KINDERGARTEN, "职高": Stage.VOCATIONAL}
OTHER_OWNERSHIPS = {"公立": Ownership.PUBLIC, "私立": Ownership.PRIVATE}


def _school_code(cell: str, _known: Known) -> str:
    digits = code(cell)
    return digits.zfill(10) if digits.isascii() and digits.isdigit() and 7 <= len(digits) < 10 else digits


def _credit_code(cell: str, _known: Known) -> str:
    return code(cell).upper()


COLUMNS = (
    Column(
        "code",
        "单位编码",
        ("编码", "代码", "单位代码", "机构代码", "单位编号", "机构编码"),
        code,
        plain,
        example="XX001",
        hint="字母、数字和 . _ -；留空时按名称比对，新单位自动编码",
    ),
    Column(
        "name",
        "单位名称",
        ("名称", "单位", "学校名称", "机构名称", "单位全称", "学校", "全称"),
        text,
        plain,
        required=True,
        example="青山镇中心小学",
        width=26,
    ),
    Column(
        "kind",
        "类别",
        ("单位类别", "单位类型", "类型", "机构类别", "机构类型", "学校类别", "学校类型", "单位种类"),
        choice(KIND_LABELS, OTHER_KINDS),
        labelled(KIND_LABELS),
        required=True,
        choices=words_of(KIND_LABELS, without=[UnitKind.BUREAU]),
        example="学校",
        hint="建立后不能改",
    ),
    Column(
        "parent",
        "上级单位",
        ("主管单位", "隶属单位", "上级", "所属单位", "所属中心校", "上级部门", "主管部门", "上级主管单位", "归属单位"),
        unit,
        title,
        example="青山镇中心校",
        hint="名称或编码，也可以是本表里的单位；留空为本局直属",
        width=20,
    ),
    Column(
        "aliases",
        "别名",
        ("简称", "曾用名", "其他名称", "又名", "别称", "单位简称"),
        several(text),
        joined(plain),
        example="青山小学、青小",
        hint="方案里的其他写法，用顿号隔开",
        width=20,
    ),
    Column(
        "stages",
        "学段",
        (),
        several(choice(STAGE_LABELS, OTHER_STAGES)),
        joined(labelled(STAGE_LABELS)),
        example="小学",
        hint="可写几个，用顿号隔开：" + "、".join(STAGE_LABELS.values()),
    ),
    Column(
        "ownership",
        "办学性质",
        ("性质", "公办民办", "办学类型", "举办性质"),
        choice(OWNERSHIP_LABELS, OTHER_OWNERSHIPS),
        labelled(OWNERSHIP_LABELS),
        choices=tuple(OWNERSHIP_LABELS.values()),
        example="公办",
        hint="留空为公办",
    ),
    Column(
        "school_code",
        "学校标识码",
        ("学校代码", "标识码", "学校识别码", "教育机构代码"),
        _school_code,
        plain,
        example="3136000001",
        hint="10 位数字",
    ),
    Column(
        "credit_code", "统一社会信用代码", ("信用代码", "社会信用代码"), _credit_code, plain, hint="18 位", width=22
    ),
    Column(
        "valid_from",
        "启用日期",
        ("启用", "成立日期", "启用时间", "成立时间", "设立日期", "建校时间"),
        day,
        plain,
        example="2020-09-01",
    ),
    Column(
        "valid_to",
        "停用日期",
        ("停用", "撤并日期", "停用时间", "撤并时间", "撤销日期", "停办日期"),
        day,
        plain,
        hint="最后一天，此后保留历史，不再下发",
    ),
    Column(
        "duty",
        "专项职责",
        ("职责",),
        choice(DUTY_LABELS, {"督查": Duty.SUPERVISION}),
        labelled(DUTY_LABELS),
        choices=tuple(DUTY_LABELS.values()),
        width=24,
    ),
    Column(
        "hosts",
        "所在单位",
        ("依托单位",),
        several(unit),
        joined(title),
        hint="只填基层党组织；联合党支部写几个，用顿号隔开",
        width=20,
    ),
    Column("answering", "代管股室", ("联系股室",), unit, title, hint="只填外部单位和校外培训机构"),
)
