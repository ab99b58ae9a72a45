"""The seal of a box: catalogue frozen, handed over; broken again with a reason; a number voided."""

from typing import Any

import sqlalchemy as sa

from app.boxes import carrying
from app.boxes.catalogue import digest, frozen, lines, missing
from app.boxes.models import SEAL, HandOver
from app.boxes.queries import number_of
from app.boxes.rules import WORKFLOW
from app.core.calendar import today_of
from app.core.errors import Conflict, FieldError, invalid
from app.core.operation import Tx, operation
from app.units.models import UNIT


@operation("archive_box.seal")
def seal(tx: Tx, box_id: int, note: str | None = None) -> int:
    """Every file by its revision and sha256, as it counts now. 409 while something is missing without a word of why,
    a piece is voided, or nothing is in it."""
    row = WORKFLOW.guard(tx, box_id, "seal", note)
    held = lines(tx, row, everyone=True)
    gaps = missing(tx, row)
    if refused := _in_the_way(held, gaps):
        raise Conflict(f"还不能封盒：{'；'.join(each.detail for each in refused)}", code="incomplete", errors=refused)
    unit = tx.connection.execute(sa.select(UNIT.c.name).where(UNIT.c.id == row.unit_id)).scalar_one()
    catalogue = frozen(held, gaps, number=number_of(row), name=row.name, unit_name=unit)
    sealed = {"sealed_at": tx.now, "sealed_by": tx.actor.user_id}
    number = row.seal_count + 1
    WORKFLOW.step(tx, row, "seal", note, seal_count=number, catalogue_sha256=digest(catalogue), **sealed)
    kept = {"district_id": row.district_id, "archive_box_id": box_id, "number": number, "catalogue": catalogue}
    tx.connection.execute(sa.insert(SEAL).values(**kept, **sealed))
    return box_id


def _in_the_way(held: list[dict[str, Any]], gaps: list[dict[str, Any]]) -> list[FieldError]:
    found = []
    if not held:
        found.append(FieldError("/entries", "盒里还没有材料"))
    if voided := sum(line["voided"] for line in held):
        found.append(FieldError("/entries", f"有 {voided} 件已作废，请取出"))
    if unsaid := sum(gap["explanation"] is None for gap in gaps):
        found.append(FieldError("/missing", f"还缺 {unsaid} 件，请补齐，或逐件说明不归档的理由"))
    return found


@operation("archive_box.unseal")
def unseal(tx: Tx, box_id: int, note: str | None = None) -> int:
    """Open again, with a reason; the catalogue as it was sealed is kept."""
    row = WORKFLOW.guard(tx, box_id, "unseal", note)
    WORKFLOW.step(tx, row, "unseal", note, sealed_at=None, sealed_by=None, catalogue_sha256=None)
    mine = sa.update(SEAL).where(SEAL.c.archive_box_id == box_id, SEAL.c.number == row.seal_count)
    broken = {"unsealed_at": tx.now, "unsealed_by": tx.actor.user_id, "unsealed_reason": note}
    tx.connection.execute(mine.values(broken))
    carrying.catch_up(tx, box_id)
    return box_id


@operation("archive_box.hand_over")
def hand_over(tx: Tx, box_id: int, given: HandOver) -> int:
    """To the archive: to whom and when. What was handed over is not opened again."""
    row = WORKFLOW.guard(tx, box_id, "hand_over", given.note)
    on = given.on or tx.today
    if on > tx.today:
        raise invalid("on", f"{on} 还没有到，请填写今天或以前的日期")
    if on < today_of(row.sealed_at):
        raise invalid("on", f"{on} 早于封盒日期 {today_of(row.sealed_at)}，请改正")
    WORKFLOW.step(tx, row, "hand_over", given.note, handed_over_to=given.to, handed_over_on=on)
    return box_id


@operation("archive_box.void")
def void(tx: Tx, box_id: int, note: str | None = None) -> int:
    """The number is void and never given again; what lay in the box may go into another."""
    WORKFLOW.step(tx, WORKFLOW.guard(tx, box_id, "void", note), "void", note)
    return box_id


STEPS = {"seal": seal, "unseal": unseal, "void": void}
