"""What a matter is called, why the person sees it, and the one verb: unit, relation, what is missing."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from app.core.calendar import today_of
from app.core.operation import Reader
from app.core.policy import Role
from app.core.short import short as shortened
from app.plans.models import EVIDENCE_KIND_LABELS, ROLE_WORDS, EvidenceKind, ResponsibilityRole

SHORT = 40


def month_day(value: date) -> str:
    return f"{value.month}月{value.day}日"


def ago(see: Reader, instant: datetime | None, act: str) -> str:
    """今日提交, 昨日提交, 已提交 3 个工作日."""
    if instant is None:
        return act
    day = today_of(instant)
    if day >= see.today:
        return f"今日{act}"
    if (see.today - day).days == 1:
        return f"昨日{act}"
    return f"已{act} {max(see.workdays.between(day, see.today), 1)} 个工作日"


def short(text: str) -> str:
    return shortened(text, SHORT, ends="")


def relation(row: Any, responsibilities: Sequence[Any]) -> str:
    """教育股是“各股室办”成员, or 教育股是责任单位 where the plan names it."""
    named = any(each.unit_id == row.unit_id for each in responsibilities)
    groups = [each.name for each in responsibilities if each.unit_group_id is not None]
    if not named and len(groups) == 1:
        return f"{row.unit_name}是“{groups[0]}”成员"
    return f"{row.unit_name}是{ROLE_WORDS[ResponsibilityRole(row.role)]}单位"


def to_do(row: Any, kinds: dict[str, int]) -> tuple[str, str, str]:
    """What an assignment under way lacks, and the step and verb that mend it."""
    if row.report_count == 0:
        return "尚未报送进展", "report", "填报进展"
    if row.send_back_count and row.submit_count and row.submitted_at is not None:
        return "已被退回，请补充后再提交", "report", "补报进展"
    lacking = [EVIDENCE_KIND_LABELS[EvidenceKind(kind)] for kind in row.required_evidence if kind not in kinds]
    if lacking:
        return f"还差 {len(lacking)} 类印证资料（{'、'.join(lacking)}）", "link_evidence", "补资料"
    if row.percent < 100:
        return f"进展 {row.percent}%，尚未提交审核", "report", "填报进展"
    return "进展已填报，尚未提交审核", "submit", "提交审核"


def evidence(count: int) -> str:
    return f"，附印证资料 {count} 份" if count else ""


def judge(see: Reader) -> str:
    if see.actor.has(Role.SUPERVISOR):
        return "督查室"
    return "局领导" if see.actor.has(Role.LEADER) else see.actor.title
