"""Leading groups, and the schools that have none, as tables."""

from app.appointments.holders import RESPONSIBLE, with_responsible_for_units
from app.core.tables import Column, joined, labelled, of_list, plain
from app.leading_groups import queries
from app.units.models import KIND_LABELS

GROUPS = of_list(
    "领导小组",
    (
        Column("单位", "unit_name", width=24),
        Column("名称", "name", width=30),
        Column("组长", "leader"),
        Column("副组长", "deputies", joined(plain), 20),
        Column("成员", "members", joined(plain), 40),
        Column("办公室设在", "office_unit_name", width=20),
        Column("办公室主任", "office_director"),
        Column("成立日期", "valid_from"),
        Column("现组成起", "since"),
        Column("撤销日期", "valid_to"),
        Column("状态", "ended", labelled({True: "已撤销", False: "在任"}), 10),
        Column("成立文件", "basis", width=40),
    ),
    queries.LIST,
    queries.present,
)
MISSING = of_list(
    "未成立领导小组的学校（园）",
    (
        Column("编码", "code", width=12),
        Column("学校（园）", "name", width=24),
        *RESPONSIBLE,
        Column("类别", "kind", labelled(KIND_LABELS), 10),
        Column("上级单位", "parent_name", width=24),
    ),
    queries.MISSING,
    queries.present_missing,
    with_responsible_for_units,
)
