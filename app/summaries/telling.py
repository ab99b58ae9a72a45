"""What a section of a yearly summary is made of: sentences, figures, a table, a plot; and how its rows are counted.

A figure with a link is the number of rows that the list behind it shows to the same person: it is counted over the
list's own source, by its rule of sight and its filters.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlencode

import sqlalchemy as sa

from app.core.operation import Reader
from app.core.paging import Listing

MOST_LINES = 200
"""Of a section's table; what is longer is to be looked at where its link leads."""


class Scene(NamedTuple):
    """Whose eyes it is seen through, of which plan, in which year; ``board``: the dashboard's figures of the plan."""

    see: Reader
    plan_id: int
    title: str
    year: int
    board: Mapping[str, Any]

    @property
    def between(self) -> dict[str, str]:
        return {"since": f"{self.year}-01-01", "until": f"{self.year}-12-31"}


def link(path: str, **params: Any) -> str:
    """The address of a list, by the filters that its JSON twin takes."""
    return f"{path}?{urlencode(params)}"


class Cell(NamedTuple):
    text: str
    href: str | None = None

    def told(self) -> dict[str, Any]:
        return self._asdict()


def number(value: int, href: str | None = None) -> Cell:
    """A count; nought leads nowhere."""
    return Cell(str(value), href if value else None)


def percent(part: int, whole: int) -> str:
    """Per cent with one decimal; — where there is nothing to take it of."""
    return f"{100 * part / whole:.1f}%" if whole else "—"


def rated(value: float | None) -> str:
    return "—" if value is None else f"{value:.1f}%"


@dataclass
class Told:
    """A section as it was found. ``told`` is what goes out, and into a snapshot."""

    sentences: list[str] = field(default_factory=list)
    figures: list[tuple[str, Cell]] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    lines: list[list[Cell]] = field(default_factory=list)
    plot: tuple[str, str, list[tuple[str, float]]] | None = None
    """Its title, the unit of its values, and the bars; every one of them stands in the table or among the figures."""
    notes: list[str] = field(default_factory=list)
    proposals: list[tuple[str, Cell]] = field(default_factory=list)
    """What whoever writes the section's prose may take up: by whom, and what."""

    def count(self, label: str, value: int, href: str | None = None) -> None:
        self.figures.append((label, number(value, href)))

    def told(self) -> dict[str, Any]:
        table = {"headings": self.headings, "lines": [[cell.told() for cell in line] for line in self.lines]}
        plot = None
        if self.plot and any(value for _, value in self.plot[2]):
            title, unit, bars = self.plot
            plot = {"title": title, "unit": unit, "bars": [{"label": name, "value": value} for name, value in bars]}
        return {
            "sentences": self.sentences,
            "figures": [{"label": label, **cell.told(), "now": None} for label, cell in self.figures],
            "table": table if self.lines else None,
            "plot": plot,
            "notes": self.notes,
            "proposals": [{"by": by, **cell.told()} for by, cell in self.proposals],
        }


class Section(NamedTuple):
    key: str
    title: str
    tell: Callable[[Scene], Told]


def groups(
    see: Reader,
    listing: Listing,
    params: Mapping[str, str],
    by: Mapping[str, Any] | None = None,
    sums: Mapping[str, Any] | None = None,
    binds: Mapping[str, Any] | None = None,
) -> Sequence[Any]:
    """The rows that a list has under these filters, counted by some columns: ``rows`` of each group, and of how many
    each of ``sums`` holds. One statement, whatever there is.
    """
    by, sums = by or {}, sums or {}
    asked = listing.asked(params)
    columns = [column.label(name) for name, column in by.items()]
    holding = [sa.func.coalesce(sa.func.sum(sa.case((each, 1), else_=0)), 0).label(name) for name, each in sums.items()]
    source = listing.source if listing.source is not None else listing.policy.table
    statement = sa.select(*columns, sa.func.count().label("rows"), *holding).select_from(source)
    statement = statement.where(*listing.where(see.actor.roles, listing.shape(asked)))
    if columns:
        statement = statement.group_by(*by.values())
    given = {**see.actor.binds, **listing.binds(see, asked), **(binds or {})}
    return see.connection.execute(statement, given).all()


def by_value(rows: Sequence[Any], name: str, counted: str = "rows") -> dict[str, int]:
    """How many rows each value of a column has."""
    found: dict[str, int] = {}
    for row in rows:
        value = str(getattr(row, name))
        found[value] = found.get(value, 0) + getattr(row, counted)
    return found


def total(rows: Sequence[Any], name: str = "rows") -> int:
    return sum(getattr(row, name) for row in rows)


def labelled(
    told: Told, head: str, labels: Mapping[Any, str], found: Mapping[str, int], path: str, **params: Any
) -> None:
    """The section's table and plot: a line for each value that occurs, each a filter of the list by ``head``."""
    for value, label in labels.items():
        if count := found.get(str(value), 0):
            told.lines.append([Cell(label), number(count, link(path, **params, **{head: str(value)}))])
