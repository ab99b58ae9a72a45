"""What is kept of a unit when its name goes: that as a former one (曾用名), and the row that tells what became of it.

Within ``audited_write``: the event that tells of the act is whose act it is.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from app.core.db import insert_or_ignore
from app.core.errors import invalid
from app.core.operation import Tx
from app.units.models import ALIAS, UNIT
from app.units.names import fold
from app.units.succession_models import SUCCESSION, SuccessionKind


def keep_name(tx: Tx, unit: Any, for_unit_id: int, used_until: date) -> int | None:
    """The unit's present name as a former one; a name that stands for another stays so. The alias, if it is new."""
    values = {"district_id": unit.district_id, "name": unit.name, "folded": fold(unit.name), "unit_id": for_unit_id}
    marks = {"used_until": used_until, "version": 1, "created_at": tx.now, "updated_at": tx.now}
    kept = insert_or_ignore(tx.connection, ALIAS).values({**values, **marks}).returning(ALIAS.c.id)
    return tx.connection.execute(kept).scalar()


def tell(tx: Tx, unit: Any, kind: SuccessionKind, reason: str, *, on: date, **values: Any) -> None:
    made = {
        "district_id": unit.district_id,
        "unit_id": unit.id,
        "kind": kind,
        "effective_on": on,
        "old_name": unit.name,
        "reason": reason,
        "counts": {},
        "done_by": tx.actor.user_id,
        "done_at": tx.now,
        **values,
    }
    tx.connection.execute(sa.insert(SUCCESSION).values(made))


def rename(tx: Tx, unit: Any, name: str, reason: str, on: date) -> None:
    """更名, once the unit has its new ``name``: that which ``unit`` still says becomes a former one."""
    keep_name(tx, unit, unit.id, on - timedelta(days=1))
    tell(tx, unit, SuccessionKind.RENAMED, reason, on=on, new_name=name)


def refuse_taken(tx: Tx, unit: Any, name: str) -> None:
    """Two units of one name could not be told apart in a plan."""
    others = sa.select(UNIT.c.name).where(
        UNIT.c.district_id == unit.district_id,
        UNIT.c.id != unit.id,
        sa.or_(UNIT.c.valid_to.is_(None), UNIT.c.valid_to >= tx.today),
    )
    taken: Sequence[str] = tx.connection.execute(others).scalars().all()
    if fold(name) in map(fold, taken):
        raise invalid("name", "已有同名的单位，请改用别的名称")
