"""What an assignment is called: its item and, where it recurs, its period."""

from datetime import date
from typing import Any

from app.core.calendar import long_day
from app.core.operation import Reader

QUARTERS = "一二三四"
SOON = 3
"""Workdays until which something is asked of a row whose own deadline is over, or that has none."""
MOVED = "assignment.move_deadline"
"""What the log calls it where a dispatch changes a row's deadline."""


def period(name: str) -> str:
    """``2023-Q3`` → 第三季度; nothing for what is done once."""
    if name in ("", "once"):
        return ""
    year, _, part = name.partition("-")
    if part.startswith("Q"):
        return f"第{QUARTERS[int(part[1]) - 1]}季度"
    if part.startswith("H"):
        return "上半年" if part == "H1" else "下半年"
    if part.startswith("T"):
        return f"第{QUARTERS[int(part[1]) - 1]}学期"
    return f"{int(part)}月" if part else f"{year}年"


def dated(name: str) -> str:
    """``2023-Q3`` → 2023年第三季度; a term by the school year that it belongs to: ``2023-T2`` → 2023学年第二学期."""
    year, _, part = name.partition("-")
    of = "学年" if part.startswith("T") else "年"
    return f"{year}{of}{period(name)}" if part else period(name)


def item(number: str, title: str, name: str) -> str:
    """第10项 第三季度 思政课教师“大练兵”."""
    return " ".join(part for part in (f"第{number}项", period(name), title) if part)


def urging(see: Reader, row: dict[str, Any]) -> str:
    """What an urging says unless somebody writes otherwise. ``row``: an assignment as the ledger shows it."""
    due = row["deadline_on"]
    late = f"，已逾期 {(see.today - due).days} 天" if due and due < see.today else ""
    stands = f"完成时限 {long_day(due)}{late}" if due else "没有完成时限"
    asked = "请尽快签收办理" if row["state"] == "pending" else f"目前进度 {row['percent']}%，请抓紧办理"
    task = item(row["item_number"], row["item_title"], row["period"])
    by = due if due and due >= see.today else see.workdays.add(see.today, SOON)
    return f"{row['unit_name']}：{task}，{stands}，{asked}，{long_day(by)}前报送印证资料。"


def moved(was: date | None, now: date | None) -> str:
    """From what day to what day a deadline was moved."""
    if was is None:
        return f"完成时限定为 {long_day(now)}，原来没有"
    return f"完成时限由 {long_day(was)} 改为 {long_day(now)}" if now else f"不再有完成时限，原为 {long_day(was)}"
