"""What may give rise to accountability: a registry that folders fill, each with rows of its own.

This file knows no resource. A folder registers what it has, ``app.main`` imports it::

    from app.accountability import triggers

    triggers.register(
        triggers.Source(
            "complaint",                         # the kind, as rungs and actions name it
            "信访举报",                           # what people call it
            "查实的举报满 {n} 件",                 # the rung in words
            find=substantiated,                  # rows that meet a figure: see ``Source``
            may_read=readable,
            adds_up=True,                        # the figure is how many a unit has
            confidential=known,                  # the unit is never shown that this was cited, and of whoever
                                                 # reads across the district only those that ``known`` says
        )
    )
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from app.core.errors import invalid
from app.core.operation import Reader
from app.core.policy import Condition


class Found(NamedTuple):
    """A row that may be cited against a unit. ``measure`` is held against a rung's figure."""

    source_id: int
    unit_id: int
    said: str
    """In a sentence without its stop: what it is and how it stands today."""
    measure: int = 1
    period: str = ""
    """Where the same source comes again."""


@dataclass(frozen=True)
class Wanted:
    """Rows to look for: those that reach ``figure``, of some units or one row where these are named."""

    figure: int
    unit_ids: frozenset[int] | None = None
    source_id: int | None = None

    def leaves_out(self, unit_id: int, source_id: int) -> bool:
        """Of rows that are looked through one by one."""
        elsewhere = self.unit_ids is not None and unit_id not in self.unit_ids
        return elsewhere or self.source_id not in (None, source_id)


@dataclass(frozen=True)
class Source:
    """``find(see, wanted)``: what the actor may read of it, in the order of unit and row, no unit that the bureau does
    not hold to account. Who answers where that unit is no more, ``answering`` says.
    """

    kind: str
    label: str
    condition: str | None
    """A rung in words, with ``{n}`` for its figure; None: no rung, it is cited by hand alone."""
    find: Callable[[Reader, Wanted], Iterable[Found]]
    may_read: Callable[[Reader, list[int]], set[int]]
    """Which of these rows are there for the reader."""
    resource: str | None = None
    """The noun of its rows in the API, and of their pages."""
    by_hand: int = 1
    """The figure that is enough for a person to cite it."""
    adds_up: bool = False
    """Each row measures one, and a figure is how many of them the unit that answers has."""
    fewer_is_worse: bool = False
    """A place from the bottom; elsewhere more is worse."""
    cites: str | None = None
    """The column of ``document_citation`` that names such a row."""
    confidential: Condition | None = None
    """Over the table of triggers, of what is never shown to its unit: who of those that read across the district may
    know that it was cited."""
    inherited: bool = True
    """Whether the unit that another was merged into answers for it; a rank is the own of whoever had it."""

    def reaches(self, measure: int, threshold: int) -> bool:
        return measure <= threshold if self.fewer_is_worse else measure >= threshold

    def mildest(self, thresholds: Iterable[int]) -> int:
        return max(thresholds) if self.fewer_is_worse else min(thresholds)

    def gravest(self, thresholds: Iterable[int]) -> int:
        return min(thresholds) if self.fewer_is_worse else max(thresholds)

    def in_words(self, threshold: int | str) -> str:
        return (self.condition or self.label).format(n=threshold)

    def reason(self, threshold: int) -> str:
        """Of an action that a rung proposes, as its unit reads it."""
        return "有问题经核实" if self.confidential is not None else self.in_words(threshold)


SOURCES: dict[str, Source] = {}


def register(source: Source) -> None:
    assert source.kind not in SOURCES, f"{source.kind} is registered twice"
    SOURCES[source.kind] = source


def find(kind: str, field: str = "kind") -> Source:
    """A registered source; 422 on ``field`` for any other kind."""
    if kind not in SOURCES:
        raise invalid(field, f"没有这一情形，可选：{'、'.join(SOURCES)}")
    return SOURCES[kind]


def of_ladder(kind: str, field: str = "trigger") -> Source:
    source = find(kind, field)
    if source.condition is None:
        raise invalid(field, f"{source.label}只由人提出，不列入阶梯，可选：{'、'.join(ladder_kinds())}")
    return source


def ladder_kinds() -> list[str]:
    return [source.kind for source in SOURCES.values() if source.condition is not None]


def hidden() -> list[str]:
    """Kinds that whom the action is about never learns of."""
    return [source.kind for source in SOURCES.values() if source.confidential is not None]


def label(kind: str) -> str:
    return SOURCES[kind].label if kind in SOURCES else kind
