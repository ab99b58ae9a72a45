"""Rows for migrations: every workflow's in every state, one of every table, and what only later releases know."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from app.accountability.models import ACTION, CLAIM, RUNG
from app.assignments.models import ProgressReport
from app.boxes.models import ArchiveBoxEntry
from app.cases.models import CASE
from app.complaints.models import COMPLAINT
from app.core.audit import EVENT, audited_write
from app.core.calendar import now
from app.core.operation import Tx
from app.documents.models import DocumentSeries
from app.exports.models import RUN as EXPORT
from app.filings.models import REQUIREMENT
from app.imports.models import RUN as IMPORT
from app.imports.operations import UNDO
from app.indicators.models import VALUE
from app.jobs.models import Job
from app.notifications.models import NOTICE, READ, Kind, Notification
from app.notifications.queries import NOUNS
from app.rectifications.models import RECTIFICATION
from tests.generated.rows import MAKE, SCHOOL
from tests.generated.test_workflows import WORKFLOWS
from tests.stock import Stock, day

WITH: dict[str, dict[str, Any]] = {"unit_succession": {"kind": "closed"}, "urging": {"level": 1}}
"""What a row of such a table has beside what every row must have."""


def fill(stock: Stock) -> None:
    for workflow in WORKFLOWS.values():
        for state in workflow.labels:
            MAKE[workflow.name](stock, state)
    _of_later_releases(stock)
    stock.do(_of_every_table)


def _of_every_table(tx: Tx) -> None:
    """A new table joins by itself."""
    run = tx.connection.execute
    with audited_write(tx.connection):
        for table in SQLModel.metadata.sorted_tables:
            if run(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is None:
                wanted = (
                    c for c in table.columns if not (c.nullable or c.computed or (c.primary_key and c.name == "id"))
                )
                values = {column.name: _value(tx, column) for column in wanted}
                run(sa.insert(table).values(values | WITH.get(table.name, {})))


def _value(tx: Tx, column: sa.Column[Any]) -> Any:
    if column.name == "district_id":
        return tx.actor.district_id
    if column.foreign_keys:
        other = next(iter(column.foreign_keys)).column
        return tx.connection.execute(sa.select(sa.func.max(other))).scalar_one()
    if isinstance(column.type, sa.Enum):
        return column.type.enums[0]
    plain: dict[type[Any], Any] = {
        bytes: b"-",
        str: "x",
        int: 1,
        bool: False,
        date: day(0),
        datetime: now(),
        Decimal: 1,
    }
    if isinstance(column.type, sa.JSON):
        return []
    return plain[getattr(column.type, "impl_instance", column.type).python_type]


def _of_later_releases(stock: Stock) -> None:
    """What the releases before know no word for, or keep otherwise."""
    box, report = MAKE["archive_box"](stock, "open"), MAKE["assignment"](stock, "in_progress")
    paper = {"title": "签到册", "kind": "meeting", "made_by": "政教处", "evidence_on": day(0)}
    stock.add(ArchiveBoxEntry, archive_box_id=box, position=2, **paper)
    stock.add(DocumentSeries, kind="case_circular", prefix="青教案")
    matter = MAKE["rectification"](stock, "in_progress")
    complaint, case = MAKE["complaint"](stock, "investigating"), MAKE["case_file"](stock, "clue")
    talk, table = MAKE["accountability_action"](stock, "served"), MAKE["import_run"](stock, "committed")
    stock.add(Job, kind=UNDO, subject_id=table, due_at=now(), created_at=now())

    def change(tx: Tx) -> None:
        _reports(tx, report)
        with audited_write(tx.connection):
            named = {"accused": "李 卫东", "accused_folded": "李卫东", "rectification_id": matter, "channel": "letter"}
            for changed, row_id, values in (
                (COMPLAINT, complaint, named),
                (RECTIFICATION, matter, {"source": "assigned"}),
                (CASE, case, {"person": "何 芳", "person_folded": "何芳"}),
                (ACTION, talk, {"kind": "talk"}),
                (IMPORT, table, {"busy": "undoing"}),
            ):
                tx.connection.execute(sa.update(changed).where(changed.c.id == row_id).values(values))
            tx.connection.execute(sa.update(EXPORT).values(format="csv", state="done", file="x"))
            _another(tx, REQUIREMENT, unit_group_id=stock.world.group["各幼儿园"])
            _another(tx, VALUE, period="2019", number=None, numerator=0, denominator=0)
            _claims(tx, matter)
        _notices(tx, stock.world.unit[SCHOOL], stock.world.user["sysadmin"])

    stock.do(change)


def _another(tx: Tx, table: sa.Table, **values: Any) -> None:
    """Like the first, but for these values."""
    first = tx.connection.execute(sa.select(table)).mappings().first()
    assert first is not None
    tx.connection.execute(sa.insert(table).values({k: v for k, v in first.items() if k != "id"} | values))


def _reports(tx: Tx, assignment_id: int) -> None:
    event = tx.connection.execute(sa.select(sa.func.max(EVENT.c.id))).scalar_one()
    own = {"assignment_id": assignment_id, "district_id": tx.actor.district_id, "reported_on": tx.today, "percent": 10}
    tx.add(ProgressReport(**own, text="重复。", taken_back_event_id=event))
    tx.add(ProgressReport(**own, text="竞赛。", place="报告厅", activity="contest"))


def _claims(tx: Tx, late_id: int) -> None:
    """What was overdue by its deadline, and by an earlier one."""
    run = tx.connection.execute
    rung = run(sa.select(RUNG.c.id).where(RUNG.c.trigger == "overdue_rectification")).scalars().first()
    late = run(sa.select(RECTIFICATION).where(RECTIFICATION.c.id == late_id)).one()
    own = {"district_id": late.district_id, "unit_id": late.unit_id, "rung_id": rung, "source_id": late_id}
    for on in (late.deadline_on, day(-30)):
        run(sa.insert(CLAIM).values(**own, period=on.isoformat()))


def _notices(tx: Tx, unit_id: int, user_id: int) -> None:
    """Of every resource that there are notices of, and of kinds that a release had no others of; all of them read."""
    own = {"district_id": tx.actor.district_id, "resource_id": 1, "at": tx.now}
    for resource in NOUNS:
        tx.add(Notification(**own, unit_id=unit_id, kind=Kind.DUE, resource=resource, deadline_on=tx.today))
    tx.add(Notification(**own, unit_id=unit_id, kind=Kind.DECLINED, resource="brief"))
    tx.add(Notification(**own, user_id=user_id, kind=Kind.RECEIVED, resource="api_token"))
    every = sa.select(NOTICE.c.id, sa.literal(user_id), sa.literal(tx.now, READ.c.at.type))
    tx.connection.execute(sa.insert(READ).from_select(["notification_id", "user_id", "at"], every))
