"""What a cell can have meant of what there is to choose from.

采用全部建议 takes the first suggestion at each wrong cell, unseen: only what is like the cell is suggested, and what
there is beside is told in words.
"""

import difflib
from collections.abc import Iterable

from app.imports.columns import MOST_SUGGESTIONS, alike

LIKE = 0.6
MOST_TOLD = 5


def like(cell: str, options: Iterable[str]) -> list[str]:
    """Those that the cell is a part of, that are a part of it, or that are spelt nearly so, the likest first."""
    wanted = alike(cell)
    if len(wanted) < 2:
        return []
    compared = difflib.SequenceMatcher(None, b=wanted)
    scores: dict[str, float] = {}
    for option in dict.fromkeys(options):
        words = alike(option)
        compared.set_seq1(words)
        is_part = len(words) > 1 and (wanted in words or words in wanted)
        if is_part or (compared.quick_ratio() >= LIKE and compared.ratio() >= LIKE):
            scores[option] = compared.ratio()
    return sorted(scores, key=lambda option: -scores[option])[:MOST_SUGGESTIONS]


def told(why: str, options: Iterable[str]) -> str:
    """The reason with what there is to choose from."""
    each = list(dict.fromkeys(options))
    more = f"等 {len(each)} 项" if len(each) > MOST_TOLD else ""
    return f"{why}，可选：{'、'.join(each[:MOST_TOLD])}{more}" if each else why


def offered(why: str, cell: str, options: Iterable[str]) -> tuple[str, list[str]]:
    """The reason and what is suggested; where nothing is like the cell, the reason with what there is."""
    each = list(options)
    near = like(cell, each)
    return (why, near) if near else (told(why, each), [])
