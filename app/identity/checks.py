"""What a grant must fit, whoever gives it: a form, the API, an import."""

from collections.abc import Iterable

from app.core.errors import invalid
from app.core.policy import BUSINESS, ROLE_LABELS, Role
from app.units.models import OFFICES, SCHOOLS, UnitKind

DUTIES = frozenset({Role.SYSADMIN, Role.SECADMIN, Role.AUDITOR})
"""Three duties that one person may not hold together (等保2.0)."""
WATCHERS = frozenset({Role.SECADMIN, Role.AUDITOR})
"""Who watch over the system administrator, and whose passwords are therefore not his to give."""
OF_UNITS = frozenset({Role.OFFICE, Role.SCHOOL})
"""Roles on single units; the others are the whole district's."""
JOINED = "系统、安全、审计三员的职责不能由一人兼任，也不能兼任业务角色"
OWN_ACCOUNT = "不能给自己授权，请由另一位安全管理员办理"
OVERLAPS = "同一账号在同一单位的同一角色，起止日期不能重叠，请先结束原有的一项，或改起止日期"


def check_unit(role: Role, name: str, kind: UnitKind) -> None:
    """422 at ``unit_id`` for a unit on which the role means nothing."""
    if role == Role.SCHOOL and kind not in (*SCHOOLS, UnitKind.PARTY_ORGANIZATION):
        raise invalid("unit_id", f"“{name}”不是学校、幼儿园或党组织，不能授予学校角色")
    if role == Role.OFFICE and kind not in (*OFFICES, UnitKind.DISCIPLINE_TEAM):
        raise invalid("unit_id", f"“{name}”不是股室、二级单位或派驻组，不能授予股室角色")
    if role not in OF_UNITS and kind != UnitKind.BUREAU:
        raise invalid("unit_id", f"“{ROLE_LABELS[role]}”这一角色管全区，请选择教育局")


def are_joined(roles: Iterable[Role]) -> bool:
    """Whether one person would hold two of the administrators' duties on one day, or one beside business."""
    held = frozenset(roles)
    return len(held & DUTIES) > 1 or not (held.isdisjoint(DUTIES) or held.isdisjoint(BUSINESS))
