"""What a new bureau still lacks, in words; only without its three administrators it cannot begin."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from app.core.policy import ROLE_LABELS, Role
from app.identity.founding import ADMINISTRATORS
from app.setup.models import Step
from app.units.models import OFFICES, SCHOOLS, Duty, UnitKind


class Found(NamedTuple):
    """What there is so far."""

    administrators: Sequence[Mapping[str, Any]]
    units: Mapping[UnitKind, Sequence[str]]
    duties: set[Duty]
    groups: Sequence[Mapping[str, Any]]
    year: int
    days: int
    """How many of the year are in the calendar."""


class Missing(NamedTuple):
    step: Step
    words: str
    blocks: bool = False
    """Whether the bureau cannot be enabled without it."""


def missing(found: Found) -> list[Missing]:
    return [*_of_administrators(found), *_of_units(found), *_of_names(found), *_of_calendar(found)]


def unnamed(found: Sequence[Mapping[str, Any]]) -> list[Role]:
    """Which of the three duties no person is named for."""
    named = {each["role"] for each in found if each["named"]}
    return [role for role in ADMINISTRATORS if role not in named]


def absent(present: Collection[str]) -> str | None:
    """Of which duties nobody has the account, and what is to be done; in no page can it be made."""
    lacking = [ROLE_LABELS[role] for role in ADMINISTRATORS if role not in present]
    if not lacking:
        return None
    return f"没有{_and(lacking)}的账号，请在服务器上用 qinglian user create 和 qinglian user grant 建立"


def _of_administrators(found: Found) -> Iterator[Missing]:
    present = {each["role"] for each in found.administrators}
    if lacking := absent(present):
        yield Missing(Step.ADMINISTRATORS, lacking, blocks=True)
    without = [role for role in unnamed(found.administrators) if role in present]
    if without:
        yield Missing(Step.ADMINISTRATORS, f"{_and(ROLE_LABELS[role] for role in without)}还没有填写姓名", blocks=True)
    waiting = [each for each in found.administrators if each["named"] and not each["has_logged_in"]]
    if waiting:
        who = _and(f"{ROLE_LABELS[each['role']]} {each['name']}" for each in waiting)
        yield Missing(Step.ADMINISTRATORS, f"{who}还没有登录，请把一次性密码当面交给本人")


def _of_units(found: Found) -> Iterator[Missing]:
    if not found.units:
        yield Missing(Step.UNITS, "还没有单位，方案里的责任单位都无法识别")
        return
    if found.units.keys().isdisjoint(OFFICES):
        yield Missing(Step.UNITS, "还没有股室和二级单位，任务没有牵头单位")
    elif Duty.SUPERVISION not in found.duties:
        yield Missing(Step.UNITS, "还没有指明哪个股室是督查室，请在该单位的“专项职责”选“督查”")
    if found.units.keys().isdisjoint(SCHOOLS):
        yield Missing(Step.UNITS, "还没有学校（园），任务下发不到学校")


def _of_names(found: Found) -> Iterator[Missing]:
    empty = [group["name"] for group in found.groups if not group["unit_count"]]
    if found.units and empty:
        yield Missing(Step.NAMES, f"{_and(empty)}今天没有单位，方案里这样写的任务展开不出责任单位")


def _of_calendar(found: Found) -> Iterator[Missing]:
    if not found.days:
        yield Missing(Step.CALENDAR, f"{found.year} 年的节假日和调休还没有载入，工作日只按周一至周五计算")


def _and(words: Any) -> str:
    return "、".join(words)
