"""Who is held to account for what a source finds: the unit that it is about, or the one that this was merged into. What
a unit left that is gone, and that nobody took over, is held against nobody.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from app.accountability.triggers import Found, Source, Wanted
from app.core.operation import Reader

Gone = Mapping[int, int | None]
"""Units that are not there today, with who stands in their place."""


def found(see: Reader, source: Source, figure: int, gone: Gone) -> Iterator[Found]:
    """All that reaches the figure."""
    if source.adds_up:
        return _added_up(answered_for(source, source.find(see, Wanted(1)), gone), figure)
    return answered_for(source, source.find(see, Wanted(figure)), gone)


def _added_up(rows: Iterable[Found], figure: int) -> Iterator[Found]:
    """A unit's first counts one, its second two, whichever of those that it stands for it was found of: the one that
    reaches a rung's figure triggers it."""
    so_far: Counter[int] = Counter()
    for one in sorted(rows, key=lambda each: each.source_id):
        so_far[one.unit_id] += 1
        if (count := so_far[one.unit_id]) >= figure:
            yield one._replace(measure=count)


def found_of(see: Reader, source: Source, unit_id: int, gone: Gone, source_id: int | None = None) -> Iterator[Found]:
    """What a person may cite against the unit, with what it answers for as another's successor."""
    units = {unit_id} | {old for old, new in gone.items() if new == unit_id}
    wanted = Wanted(source.by_hand, frozenset(units), source_id)
    return answered_for(source, source.find(see, wanted), gone)


def answered_for(source: Source, rows: Iterable[Found], gone: Gone) -> Iterator[Found]:
    for one in rows:
        if one.unit_id not in gone:
            yield one
        elif source.inherited and (unit_id := gone[one.unit_id]) is not None:
            yield one._replace(unit_id=unit_id)
