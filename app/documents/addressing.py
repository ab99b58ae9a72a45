"""Who takes a document by the day of its service: its units, or those that stand in the place of what is no more."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.core.errors import Conflict
from app.core.operation import Reader
from app.core.within import many, within
from app.documents.models import TO_MANY, DocumentKind
from app.documents.paper import MOST_NAMED
from app.units.models import UNIT
from app.units.succession import stand_ins

_NAMES = sa.select(UNIT.c.id, UNIT.c.name).where(within(UNIT.c.id, many("units")))


def standing(see: Reader, row: Any) -> tuple[list[int], list[int]]:
    """Whom it is served to, and whom it is copied to, each once and in the order chosen; 409 where nobody is left."""
    gone = stand_ins(see)
    served = _there(row.unit_ids, gone)
    if not served:
        mend = "约谈记录存档即可，不用送达" if row.kind == DocumentKind.TALK_RECORD else "请作废这份公文"
        raise Conflict(f"还不能送达：{_named(see, row.unit_ids)}{_GONE}。{mend}", code="unit_gone")
    copied = [each for each in _there(row.copy_unit_ids, gone) if each not in served and each != row.district_id]
    return served, copied


_GONE = "已停办或还没有成立，也没有承接的单位"


def _there(unit_ids: Sequence[int], gone: dict[int, int | None]) -> list[int]:
    """A unit that exists stands for itself."""
    found = (gone.get(each, each) for each in unit_ids)
    return list(dict.fromkeys(each for each in found if each is not None))


def named(see: Reader, unit_ids: Sequence[int], copy_unit_ids: Sequence[int]) -> dict[str, str]:
    """How the paper calls the units that it names, by their ids: today, for it to be kept with what is approved."""
    names = _names(see, [*unit_ids[: MOST_NAMED + 1], *copy_unit_ids])
    return {str(unit_id): name for unit_id, name in names.items()}


def refuse_gone(see: Reader, row: Any, act: str) -> None:
    """While it may still be mended: 409 where nobody would take it for a unit of it. What is said of a talk that was
    held is kept all the same."""
    if row.kind == DocumentKind.TALK_RECORD:
        return
    gone = stand_ins(see)
    if left := [each for each in row.unit_ids if gone.get(each, each) is None]:
        mend = "请作废这份公文"
        if row.kind in TO_MANY:
            back = "请退回，由起草人" if act == "批准" else "请"
            mend = f"{back}在“修改”里去掉这个送达单位"
        raise Conflict(f"还不能{act}：{_named(see, left)}{_GONE}。{mend}", code="unit_gone")


def in_words(see: Reader, unit_ids: Sequence[int]) -> list[str]:
    """What is said of the units that are no more: on the page before the service, and in the step of it."""
    gone = stand_ins(see)
    names = _names(see, [each for unit in unit_ids if unit in gone for each in (unit, gone[unit]) if each is not None])
    told = []
    for each in unit_ids:
        if each in gone:
            heir = gone[each]
            goes = f"已并入{names[heir]}，送达时送给{names[heir]}" if heir is not None else f"{_GONE}，不会送达"
            told.append(f"{names[each]}{goes}。")
    return told


def _named(see: Reader, unit_ids: Sequence[int]) -> str:
    names = _names(see, unit_ids)
    return "、".join(names[each] for each in unit_ids)


def _names(see: Reader, unit_ids: Sequence[int]) -> dict[int, str]:
    if not unit_ids:
        return {}
    return {row.id: row.name for row in see.connection.execute(_NAMES, {"units": list(unit_ids)})}
