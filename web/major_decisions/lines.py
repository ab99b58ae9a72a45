"""Who said what, one a line, as people write it into a form: ``姓名：意见``."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.core.calendar import SHANGHAI
from app.core.errors import invalid

_BETWEEN = re.compile(r"[：:]")
KINDS = {"opinions": ("speaker", "text", "姓名：意见"), "recusals": ("name", "reason", "姓名：回避的理由")}
MOST = {"person": 100, "said": 500}


def given(typed: Mapping[str, Any]) -> dict[str, Any]:
    """A form's lines as the API takes them; 422 at the line that is none."""
    return {**typed, **{field: _read(field, str(typed[field])) for field in KINDS if field in typed}}


def _read(field: str, text: str) -> list[dict[str, str]]:
    who, what, form = KINDS[field]
    found = []
    for place, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        person, *said = (part.strip() for part in _BETWEEN.split(line, maxsplit=1))
        if not person or not said or not said[0]:
            raise invalid(field, f"第 {place} 行请按“{form}”填写，每人一行")
        if len(person) > MOST["person"] or len(said[0]) > MOST["said"]:
            raise invalid(field, f"第 {place} 行过长，姓名不超过 {MOST['person']} 个字，内容不超过 {MOST['said']} 个字")
        found.append({who: person, what: said[0]})
    return found


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as its form shows it."""
    held_at = row["held_at"]
    minute = held_at.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M") if held_at else ""
    return {**row, "held_at": minute, **{field: _written(row[field], field) for field in KINDS}}


def _written(entries: Sequence[Mapping[str, str]], field: str) -> str:
    who, what, _ = KINDS[field]
    return "\n".join(f"{each[who]}：{each[what]}" for each in entries)
