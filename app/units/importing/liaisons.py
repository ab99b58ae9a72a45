"""Pairs of an office and a school (包联) from a table: found by the two; until when they last may change."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

import sqlalchemy as sa

from app.core import epoch
from app.core.errors import Conflict
from app.core.operation import Reader, Tx
from app.imports import spans
from app.imports.checking import by_rule
from app.imports.columns import Column, day, plain
from app.imports.registry import Draft, Written
from app.imports.spans import Span
from app.imports.taking_back import MOVED, refuse_touched, unmake
from app.units.checks import check_pair
from app.units.importing.naming import Units, standing, title, unit
from app.units.models import LIAISON

LABEL = "包联"
_PAIRS = sa.select(LIAISON).where(LIAISON.c.district_id == sa.bindparam("district")).order_by(LIAISON.c.valid_from)


class Known(Units):
    """All pairs there ever were, with those that the file brings."""

    def __init__(self, see: Reader, _drafts: Iterable[Draft]) -> None:
        super().__init__(see)
        self.spans: dict[tuple[int, int], list[Span]] = defaultdict(list)
        for row in see.connection.execute(_PAIRS, {"district": self.district_id}):
            self.spans[row.office_id, row.school_id].append(Span(row.valid_from, row.valid_to, row))


COLUMNS = (
    Column(
        "office",
        "包联单位",
        ("包联股室", "包联部门", "股室", "科室", "责任股室", "包联科室", "包联二级单位"),
        unit,
        title,
        required=True,
        example="教育股",
        hint="股室或二级单位，名称或编码",
        width=20,
    ),
    Column(
        "school",
        "学校（园）",
        ("被包联学校", "包联学校", "包联对象", "被包联单位", "学校名称", "学校幼儿园"),
        unit,
        title,
        required=True,
        example="青山小学",
        hint="中心校、学校或幼儿园，名称或编码",
        width=24,
    ),
    Column(
        "valid_from",
        "起",
        ("起始日期", "开始日期", "包联日期", "起始"),
        day,
        plain,
        example="2026-09-01",
        hint="新的包联留空为今天",
    ),
    Column(
        "valid_to",
        "止",
        ("截止日期", "结束日期", "终止日期", "截止"),
        day,
        plain,
        hint="最后一天；新的包联留空为长期",
    ),
)


def check(known: Known, draft: Draft) -> None:
    office, school = draft.values.get("office"), draft.values.get("school")
    if office is None or school is None:
        return
    office, school = draft.values["office"], draft.values["school"] = _meant(known, draft, office, school)
    kinds = known.kinds[office], known.kinds[school]
    by_rule(draft, lambda: check_pair(office, school, *kinds), {"office_id": "office", "school_id": "school"})
    if draft.faults:
        return
    alike = known.spans[office, school]
    span = spans.find(draft, alike, known.today, LABEL)
    if span is None:
        return
    if span.row is None:
        for column, unit_id in (("office", office), ("school", school)):
            standing(known, draft, column, unit_id, max(span.begins, known.today))
        if draft.faults:
            spans.withdraw(alike, span)
        return
    draft.target_id, draft.target_version = span.row.id, span.row.version
    draft.held = {"office": office, "school": school, "valid_from": span.row.valid_from, "valid_to": span.row.valid_to}
    spans.change(draft, alike, span, known.today, LABEL)


def _meant(known: Known, draft: Draft, office: int, school: int) -> tuple[int, int]:
    """Units that have ended where the pair is theirs, not those that go by their names today."""
    ended = known.directory.ended
    offices = (*ended(draft.cells.get("office", "")), office)
    schools = (*ended(draft.cells.get("school", "")), school)
    pairs = ((one, other) for one in offices for other in schools)
    theirs = (pair for pair in pairs if spans.held(draft, known.spans.get(pair, ())))
    return next(theirs, (office, school))


# Writing


def write(tx: Tx, known: Known, drafts: Sequence[Draft]) -> None:
    _make(tx, [draft for draft in drafts if draft.held is None])
    _change(tx, [draft for draft in drafts if draft.held is not None])
    epoch.move(tx.connection, known.district_id)


def _make(tx: Tx, drafts: Sequence[Draft]) -> None:
    if not drafts:
        return
    stamped = {"district_id": tx.actor.district_id, "version": 1, "created_at": tx.now, "updated_at": tx.now}
    rows = [
        stamped
        | {
            "office_id": draft.values["office"],
            "school_id": draft.values["school"],
            "valid_from": draft.values["valid_from"],
            "valid_to": draft.values.get("valid_to"),
        }
        for draft in drafts
    ]
    key = (LIAISON.c.office_id, LIAISON.c.school_id, LIAISON.c.valid_from)
    made = tx.connection.execute(sa.insert(LIAISON).returning(LIAISON.c.id, *key), rows)
    ids = {(row.office_id, row.school_id, row.valid_from): row.id for row in made}
    for draft in drafts:
        its = draft.values["office"], draft.values["school"], draft.values["valid_from"]
        draft.target_id, draft.target_version, draft.undo = ids[its], 1, {}


_CHANGE = (
    sa.update(LIAISON)
    .where(LIAISON.c.id == sa.bindparam("pair_id"), LIAISON.c.version == sa.bindparam("held_version"))
    .values(
        valid_to=sa.bindparam("new_valid_to", type_=sa.Date),
        version=LIAISON.c.version + 1,
        updated_at=sa.bindparam("now", type_=LIAISON.c.updated_at.type),
    )
)


def _change(tx: Tx, drafts: Sequence[Draft]) -> None:
    rows = []
    for draft in drafts:
        assert draft.held is not None and draft.target_version is not None
        row = {"pair_id": draft.target_id, "held_version": draft.target_version, "now": tx.now}
        rows.append(row | {"new_valid_to": draft.values["valid_to"]})
        ends = draft.held["valid_to"]
        draft.undo = {"valid_to": ends and ends.isoformat()}
        draft.target_version += 1
    if rows and tx.connection.execute(_CHANGE, rows).rowcount != len(rows):
        raise Conflict(f"有包联{MOVED}", code="rows_moved")


def undo(tx: Tx, rows: Sequence[Written]) -> None:
    refuse_touched(tx, LIAISON, rows, LABEL)
    held = [
        {
            "pair_id": row.target_id,
            "held_version": row.target_version,
            "new_valid_to": date.fromisoformat(row.undo["valid_to"]) if row.undo["valid_to"] else None,
            "now": tx.now,
        }
        for row in rows
        if not row.is_new
    ]
    if held:
        tx.connection.execute(_CHANGE, held)
    unmake(tx, LIAISON, [row.target_id for row in rows if row.is_new], "导入的包联已被引用，不能整批撤销，请逐项结束")
    assert tx.actor.district_id is not None
    epoch.move(tx.connection, tx.actor.district_id)
