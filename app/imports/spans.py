"""Rows that hold for a time: which of those there are a row of a file means, and what may stand beside it.

Their columns are called ``valid_from`` and ``valid_to``. A day left empty leaves what is there; of a new row it means
today, and without an end.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.imports.registry import Draft


@dataclass(slots=True)
class Span:
    """A row that there is, or (``row`` None) one that the file brings."""

    begins: date
    ends: date | None
    row: Any = None
    number: int = 0
    """The row of the file that means it; 0 while none does."""

    def over(self, today: date) -> bool:
        return self.ends is not None and self.ends < today

    def meets(self, begins: date, ends: date | None) -> bool:
        """Whether the two have a day in common."""
        return (ends is None or self.begins <= ends) and (self.ends is None or self.ends >= begins)

    def goes_beyond(self, other: "Span") -> bool:
        """Whether it lasts longer than until the day on which the other begins."""
        return self.ends is None or self.ends > other.begins

    @property
    def words(self) -> str:
        return f"{self.begins} 起" if self.ends is None else f"{self.begins} 至 {self.ends}"


def held(draft: Draft, spans: Iterable[Span]) -> bool:
    """Whether there is a row that begins on the very day that a draft names."""
    return any(span.row is not None and span.begins == draft.values.get("valid_from") for span in spans)


def find(draft: Draft, spans: list[Span], today: date, label: str) -> Span | None:
    """The span that a draft means: of that first day, else the only one that has not ended; or a new one, which is
    added to ``spans``. None where that cannot be said.
    """
    begins = draft.values.get("valid_from")
    if begins is not None:
        found = [span for span in spans if span.begins == begins]
    else:
        found = [span for span in spans if not span.over(today)]
        if len(found) > 1:
            days = [str(span.begins) for span in found]
            draft.wrong("valid_from", f"这项{label}有几段没有结束，请写明起始日期", days)
            return None
    if not found:
        return _new(draft, spans, begins or today, label)
    # The same may have been given twice before that was refused; so it stands twice in what is exported.
    meant = next((span for span in found if not span.number), None)
    if meant is None:
        draft.wrong("", f"与第 {found[0].number} 行是同一项{label}，请只留一行")
        return None
    meant.number = draft.number
    return meant


def _new(draft: Draft, spans: list[Span], begins: date, label: str) -> Span | None:
    ends = draft.values.get("valid_to")
    if ends is not None and ends < begins:
        draft.wrong("valid_to", f"结束日期 {ends} 早于起始日期 {begins}，请改为同日或以后")
        return None
    clash = next((span for span in spans if span.meets(begins, ends)), None)
    if clash is not None:
        near = [str(clash.begins)] if clash.row is not None else []
        draft.wrong("valid_from", f"与已有的同一项{label}（{clash.words}）重叠，请核对起止日期", near)
        return None
    made = Span(begins, ends, number=draft.number)
    spans.append(made)
    draft.values["valid_from"] = begins
    return made


def change(draft: Draft, spans: list[Span], span: Span, today: date, label: str) -> None:
    """What a draft changes of the row it means (``held`` is set): a time that is over stays as it was."""
    ends = draft.values.get("valid_to", span.ends)
    if span.over(today):
        if draft.changes:
            draft.wrong("", f"这项{label}已于 {span.ends} 结束，不能再改；重新开始请另写起始日期")
        elif "valid_to" not in draft.values:
            draft.remark("", f"这项{label}已于 {span.ends} 结束，没有改动")
        return
    if ends == span.ends:
        return
    if ends is not None and ends < span.begins:
        draft.wrong("valid_to", f"结束日期 {ends} 早于起始日期 {span.begins}，请改为同日或以后")
    elif clash := next((each for each in spans if each is not span and each.meets(span.begins, ends)), None):
        draft.wrong("valid_to", f"与同一项{label}（{clash.words}）重叠，请核对起止日期")
    else:
        span.ends = ends


def withdraw(spans: list[Span], span: Span) -> None:
    """A draft turned out wrong: other rows of the file are checked against what there is."""
    if span.row is None:
        spans.remove(span)
    else:
        span.ends = span.row.valid_to
