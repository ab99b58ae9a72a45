"""Papers that were voided and drawn up anew before there was a place for them are found by the event of that."""

from typing import Any

import sqlalchemy as sa
from alembic import command

from app.accountability.models import ACTION, FORMER_PAPER
from app.core.audit import EVENT
from app.core.calendar import now
from app.documents.models import DOCUMENT
from app.units.models import UNIT
from tests.migrations.test_migrations import alembic
from tests.migrations.test_migrations import engine as engine  # the fixture

HERE, BEFORE = "20270107_former_paper", "20270106_assigned_source"
PAPER = {"kind": "urging_order", "issuer": "青川区教育局", "body": "一、督办事项"}
ABOUT = {"kind": "urging_order", "reason": "多次催办仍未办结。", "is_past": False}


def test_what_was_drawn_up_anew_before_is_a_former_paper(engine: sa.Engine) -> None:
    at = {"created_at": now(), "updated_at": now(), "version": 1}

    def put(table: sa.Table, **fields: Any) -> int:
        made: int = connection.execute(sa.insert(table).values(**fields).returning(table.c.id)).scalar_one()
        return made

    def drawn_up(action: int, old: int | None, new: int, outcome: str = "done") -> None:
        about = {"operation": "accountability_action.draw_up", "resource": "accountability_action", "at": now()}
        told = {"before": {"document_id": old}, "after": {"document_id": new}, "request_id": ""}
        put(EVENT, district_id=district, resource_id=action, outcome=outcome, **about, **told)

    alembic(engine, command.downgrade, BEFORE)
    with engine.begin() as connection:
        unit, district = connection.execute(sa.select(UNIT.c.id, UNIT.c.district_id).where(UNIT.c.name == "党办")).one()
        papers = [
            put(DOCUMENT, **PAPER, **at, title=str(n), state="voided", unit_ids=[unit], district_id=district)
            for n in range(4)
        ]
        first, second = (
            put(ACTION, **ABOUT, **at, state="approved", unit_id=unit, district_id=district, document_id=papers[n])
            for n in (2, 3)
        )
        drawn_up(first, None, papers[0])
        drawn_up(first, papers[0], papers[1])
        drawn_up(first, papers[1], papers[2])
        drawn_up(second, None, papers[3])
    alembic(engine, command.upgrade, HERE)
    with engine.begin() as connection:
        kept = sa.select(FORMER_PAPER.c.action_id, FORMER_PAPER.c.document_id, FORMER_PAPER.c.district_id)
        found = [tuple(row) for row in connection.execute(kept.order_by(FORMER_PAPER.c.document_id))]
    assert found == [(first, paper, district) for paper in papers[:2]]
