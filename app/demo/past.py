"""What the directory remembers: a school that was merged into another the year before."""

from datetime import timedelta

from app.core.operation import Tx
from app.succession.operations import merge
from app.units import operations as units
from app.units.models import Stage, UnitCreate, UnitKind
from app.units.succession_models import MergeCreate

DAYS_AGO = 300


def remember(tx: Tx, successor_id: int) -> int:
    """Merged before anything of the demo happened, so that nothing was open."""
    gone = UnitCreate(code="QC900", name="城郊小学", kind=UnitKind.SCHOOL, stages=[Stage.PRIMARY])
    unit_id = units.create(tx, gone)
    day = tx.today - timedelta(days=DAYS_AGO)
    reason = f"区政府批复：城郊小学自 {day.year} 年起并入实验小学，原校址作为实验小学城郊校区。"
    merge(tx, unit_id, MergeCreate(successor_id=successor_id, effective_on=day, reason=reason))
    return unit_id
