"""任职: the list as a table; it is the one that is imported."""

from typing import Any

from app.appointments import queries
from app.appointments.importing import COLUMNS
from app.core.operation import Reader
from app.core.tables import Row, of_list
from app.units.tables import titles


def _present(_see: Reader, row: Any) -> Row:
    names = ("name", "post", "duty", "in_charge_of", "valid_from", "valid_to")
    shown = {name: getattr(row, name) for name in names}
    return shown | {"unit": row.unit_id, "in_charge_units": row.in_charge_unit_ids}


APPOINTMENTS = of_list("任职", COLUMNS, queries.LIST, _present, known=titles)
