"""An open complaint about an office's party branch is the discipline team's alone from the migration on, and theirs to
give to somebody; the names in complaints are folded by it."""

import sqlalchemy as sa
from alembic import command

from app.complaints.models import COMPLAINT
from app.core.calendar import now, today_of
from app.units.models import HOST, UNIT
from tests.migrations.test_migrations import alembic
from tests.migrations.test_migrations import engine as engine  # the fixture

HERE, BEFORE = "20270105_name_folded", "20270104_item_order"
ABOUT = {"channel": "letter", "named": False, "category": "fees", "text": "收费。", "accused": "李 卫东"}
STANDING = {"extended_days": 0, "answered": False, "is_past": False}


def test_a_complaint_about_an_offices_branch_is_taken_off_another_office(engine: sa.Engine) -> None:
    today = today_of(now())
    at = {"created_at": now(), "updated_at": now(), "version": 1, "received_on": today, "due_on": today}
    given: dict[str, int] = {}
    with engine.begin() as connection:
        unit = {row.name: row for row in connection.execute(sa.select(UNIT.c.id, UNIT.c.name, UNIT.c.district_id))}
        office, school, branch, team = (unit[name].id for name in ("人事股", "实验小学", "实验小学党支部", "派驻组"))
        # The school's branch becomes one of an office.
        connection.execute(sa.update(HOST).where(HOST.c.unit_id == branch).values(host_id=unit["办公室"].id))
        cases = {
            "open": (branch, "investigating", office),
            "the team's": (branch, "accepted", team),
            "over": (branch, "replied", office),
            "a school's": (school, "accepted", office),
        }
        for n, (name, (about, state, handled_by)) in enumerate(cases.items()):
            own = {"code": f"XF{n}", "receipt_hash": str(n), "district_id": unit["人事股"].district_id}
            row = {**ABOUT, **STANDING, **at, **own, "unit_id": about, "state": state, "handling_unit_id": handled_by}
            put = sa.insert(COMPLAINT).values(row).returning(COMPLAINT.c.id)
            given[name] = connection.execute(put).scalar_one()
    alembic(engine, command.downgrade, BEFORE)
    alembic(engine, command.upgrade, HERE)
    with engine.begin() as connection:
        columns = (COMPLAINT.c.id, COMPLAINT.c.handling_unit_id, COMPLAINT.c.accused_folded)
        kept = {row.id: row for row in connection.execute(sa.select(*columns))}
    handling = {name: kept[row_id].handling_unit_id for name, row_id in given.items()}
    assert handling == {"open": None, "the team's": team, "over": office, "a school's": office}
    assert {row.accused_folded for row in kept.values()} == {"李卫东"}
