"""What a reviewer should know before trusting the result, as Chinese sentences."""

from collections.abc import Sequence
from itertools import pairwise

from .columns import Table
from .genre import Verdict
from .model import ParsedItem

MOST_NUMBERS = 12


def warnings_of(
    title: str | None,
    verdict: Verdict,
    items: Sequence[ParsedItem],
    rows: Sequence[ParsedItem],
    tables: Sequence[Table],
) -> tuple[str, ...]:
    found = []
    if title is None:
        found.append("没有找到标题。")
    if verdict.reason and not items:
        found.append(verdict.reason)
    elif not items and not rows:
        found.append("没有找到可分解的任务：正文中没有编号的任务，也没有责任表。")
    elif not items:
        found.append(f"正文没有编号的任务；表格中有 {len(rows)} 行，已列为表格行供审核选用。")
    elif rows:
        found.append(f"正文任务之外，表格中另有 {len(rows)} 行，已列为表格行供审核选用。")
    if any(table.is_routine for table in tables):
        found.append("日常安排表的责任一栏不是单位名单，按原文保留在措施中，没有提取责任单位。")
    return (*found, *_about_items(items))


def _about_items(items: Sequence[ParsedItem]) -> list[str]:
    if not items:
        return []
    found = []
    bare = [item for item in items if not item.responsibilities]
    if len(bare) == len(items):
        found.append("全文没有写明责任单位。")
    elif bare:
        found.append(f"{len(bare)} 项任务没有写明责任单位：{_numbers(bare)}。")
    if not any(item.deadline for item in items):
        found.append("全文没有写明完成时限。")
    if gap := _gap(items):
        found.append(f"任务编号不连续：{gap[0]} 之后是 {gap[1]}。")
    return found


def _numbers(items: Sequence[ParsedItem]) -> str:
    numbers = [item.number or item.title[:10] for item in items[:MOST_NUMBERS]]
    return "、".join(numbers) + ("等" if len(items) > MOST_NUMBERS else "")


def _gap(items: Sequence[ParsedItem]) -> tuple[str, str] | None:
    """The first place where numbers rise by more than one and no heading of tasks bears the number between."""
    headings = {item.area for item in items}
    for before, after in pairwise(items):
        if (before.number or "").isdecimal() and (after.number or "").isdecimal():
            first, last = int(before.number or 0), int(after.number or 0)
            if last > first + 1 and not headings & {str(number) for number in range(first + 1, min(last, first + 50))}:
                return str(first), str(last)
    return None
