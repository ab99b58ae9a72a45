"""What is in a box and what is not: its lines, the places that assignments require, and both as they were sealed."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.assignments.models import ASSIGNMENT, AssignmentState
from app.assignments.rules import WORKFLOW as ASSIGNMENTS
from app.boxes.models import BOX, ENTRY, GAP, SEAL
from app.boxes.rules import OPEN, VOIDED
from app.core.operation import Reader
from app.core.policy import Roles, among
from app.core.stored import FILE
from app.core.within import many, within
from app.evidence import rules as evidence
from app.evidence.models import EVIDENCE, LINK, REVISION
from app.identity.access import merged_into
from app.plans.models import ITEM, EvidenceKind
from app.units.models import UNIT

# Aliases: the conditions of evidence's targets bring the plain tables with them.
AUTHOR, CLASS, PROVEN, SHOWN = UNIT.alias("author"), ITEM.alias("class"), LINK.alias("proven"), REVISION.alias("shown")
ITS_BOX = BOX.alias("its_box")
WORK, TASK = ASSIGNMENT.alias("work"), ITEM.alias("task")
_BOX_ID = sa.bindparam("box", type_=sa.BigInteger)
NOT_WANTED = (AssignmentState.CANCELLED, AssignmentState.WAIVED, AssignmentState.DECLINED)
"""What was not to be done needs no proof."""
_LINKABLE = ASSIGNMENTS.transitions["link_evidence"].sources


def of_unit(unit_id: Any, work: Any) -> sa.ColumnElement[bool]:
    """Work of the unit; of one that was merged also what went on with its successor: the box keeps its own number."""
    return sa.or_(work.c.unit_id == unit_id, work.c.former_unit_id == unit_id)


def _handed_in(*of_work: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    """The newest revision linked to such work."""
    return (
        sa.select(sa.func.max(PROVEN.c.revision))
        .select_from(PROVEN.join(WORK, sa.and_(PROVEN.c.target == "assignments", WORK.c.id == PROVEN.c.target_id)))
        .where(PROVEN.c.evidence_id == EVIDENCE.c.id, *of_work)
        .correlate(EVIDENCE, ENTRY, ITS_BOX)
        .scalar_subquery()
    )


# What was handed in and reviewed is what is boxed: the revision linked to the assignment under which it lies, or to the
# unit's work on the item.
_REVISION = sa.func.coalesce(
    _handed_in(WORK.c.id == ENTRY.c.assignment_id),
    _handed_in(WORK.c.plan_item_id == ENTRY.c.plan_item_id, of_unit(ITS_BOX.c.unit_id, WORK)),
    EVIDENCE.c.revision,
)
_ON_PAPER = ENTRY.c.evidence_id.is_(None)
_KIND = sa.func.coalesce(ENTRY.c.kind, EVIDENCE.c.kind)
_LINES = [
    ENTRY.c.archive_box_id,
    ENTRY.c.id.label("entry_id"),
    ENTRY.c.evidence_id,
    ENTRY.c.assignment_id,
    ENTRY.c.plan_item_id,
    CLASS.c.number.label("item_number"),
    CLASS.c.title.label("item_title"),
    _KIND.label("kind"),
    sa.func.coalesce(ENTRY.c.title, EVIDENCE.c.title).label("title"),
    sa.func.coalesce(ENTRY.c.document_number, EVIDENCE.c.document_number).label("document_number"),
    sa.func.coalesce(ENTRY.c.evidence_on, EVIDENCE.c.evidence_on).label("evidence_on"),
    sa.func.coalesce(ENTRY.c.made_by, AUTHOR.c.name).label("unit_name"),
    ENTRY.c.pages,
    ENTRY.c.copies,
    ENTRY.c.retention,
    SHOWN.c.number.label("revision"),
    SHOWN.c.sha256,
    SHOWN.c.filename,
    sa.func.coalesce(FILE.c.size, 0).label("size"),
    FILE.c.media_type,
    EVIDENCE.c.voided_at.is_not(None).label("voided"),
]
_SOURCE = (
    ENTRY.join(ITS_BOX, ITS_BOX.c.id == ENTRY.c.archive_box_id)
    .outerjoin(EVIDENCE, EVIDENCE.c.id == ENTRY.c.evidence_id)
    .outerjoin(AUTHOR, AUTHOR.c.id == EVIDENCE.c.unit_id)
    .outerjoin(SHOWN, sa.and_(SHOWN.c.evidence_id == EVIDENCE.c.id, SHOWN.c.number == _REVISION))
    .outerjoin(FILE, FILE.c.sha256 == SHOWN.c.sha256)
    .outerjoin(CLASS, CLASS.c.id == ENTRY.c.plan_item_id)
)
_LAST = sa.literal_column("2147483647", sa.Integer)
_EVERY_LINE = (
    sa.select(*_LINES)
    .select_from(_SOURCE)
    .where(within(ENTRY.c.archive_box_id, many("boxes")), sa.or_(_ON_PAPER, FILE.c.sha256.is_not(None)))
    # Without an item comes last.
    .order_by(sa.func.coalesce(CLASS.c.position, _LAST), CLASS.c.id, ENTRY.c.position, ENTRY.c.id)
)


@cache
def _lines_statement(roles: Roles) -> sa.Select[Any]:
    return _EVERY_LINE.where(shows(roles))


def shows(roles: Roles) -> sa.ColumnElement[bool]:
    """Of a line in a box that the actor reads: what is on paper alone is the box's, else by the rule of evidence."""
    return sa.or_(_ON_PAPER, evidence.read(roles))


def lines(see: Reader, box: Any, *, everyone: bool = False) -> list[dict[str, Any]]:
    """The catalogue in order; what the actor may not read is not there. ``everyone``: the whole, for the seal."""
    return lines_of(see, [box], everyone=everyone)[box.id]


def lines_of(see: Reader, boxes: Sequence[Any], *, everyone: bool = False) -> dict[int, list[dict[str, Any]]]:
    """The same of several boxes at once, by the box's id."""
    statement = _EVERY_LINE if everyone else _lines_statement(see.actor.roles)
    kept = {box.id: box.retention for box in boxes}
    found: dict[int, list[dict[str, Any]]] = {box: [] for box in kept}
    for row in see.connection.execute(statement, {**see.actor.binds, "boxes": list(kept)}):
        line = dict(row._mapping)
        box = line.pop("archive_box_id")
        found[box].append(line | {"number": len(found[box]) + 1, "retention": line["retention"] or kept[box]})
    return found


# What is required

_PLACES = (
    sa.select(
        ASSIGNMENT.c.id,
        ASSIGNMENT.c.plan_item_id,
        ASSIGNMENT.c.period,
        ASSIGNMENT.c.state,
        TASK.c.number,
        TASK.c.title,
        TASK.c.required_evidence,
    )
    .select_from(ASSIGNMENT.join(TASK, TASK.c.id == ASSIGNMENT.c.plan_item_id))
    .where(
        ASSIGNMENT.c.unit_id == sa.bindparam("unit", type_=sa.BigInteger),
        ASSIGNMENT.c.plan_id == sa.bindparam("plan", type_=sa.BigInteger),
        sa.not_(among(ASSIGNMENT.c.state, *NOT_WANTED)),
        sa.func.json_array_length(TASK.c.required_evidence) > 0,
    )
    .order_by(TASK.c.position, TASK.c.id, ASSIGNMENT.c.period, ASSIGNMENT.c.id)
)
_BOXED = (
    ENTRY.join(BOX, BOX.c.id == ENTRY.c.archive_box_id)
    .outerjoin(EVIDENCE, EVIDENCE.c.id == ENTRY.c.evidence_id)
    .outerjoin(LINK, sa.and_(LINK.c.evidence_id == ENTRY.c.evidence_id, LINK.c.target == "assignments"))
)
_PROVEN = (
    sa.select(ENTRY.c.assignment_id, LINK.c.target_id, _KIND.label("kind"))
    .select_from(_BOXED)
    .where(
        within(BOX.c.unit_id, many("units")),
        sa.or_(within(ENTRY.c.assignment_id, many("places")), within(LINK.c.target_id, many("places"))),
        BOX.c.state != VOIDED,
        # What was sealed counts, whatever became of it.
        sa.or_(EVIDENCE.c.voided_at.is_(None), BOX.c.state != OPEN),
    )
    .distinct()
)
_GAPS = sa.select(GAP.c.assignment_id, GAP.c.kind, GAP.c.reason).where(GAP.c.archive_box_id == _BOX_ID)


def missing(see: Reader, box: Any) -> list[dict[str, Any]]:
    """Kinds that the unit's assignments require and that lie in none of its boxes, in the plan's order.

    A piece stands for an assignment that it is linked to, or under which it was put into a box: of whichever edition,
    the assignment having gone on, and of units that were merged into this one, too.
    """
    places = see.connection.execute(_PLACES, {"unit": box.unit_id, "plan": box.plan_id}).all()
    wanted = set(box.item_ids)
    places = [place for place in places if not wanted or place.plan_item_id in wanted]
    if not places:
        return []
    present = set()
    units = {box.unit_id, *merged_into(see.connection, [box.unit_id])}
    asked = {"units": sorted(units), "places": [place.id for place in places]}
    for proof in see.connection.execute(_PROVEN, asked):
        present |= {(proof.assignment_id, proof.kind), (proof.target_id, proof.kind)}
    reasons = {(gap.assignment_id, gap.kind): gap.reason for gap in see.connection.execute(_GAPS, {"box": box.id})}
    return [
        {
            "assignment_id": place.id,
            "plan_item_id": place.plan_item_id,
            "item_number": place.number,
            "item_title": place.title,
            "period": place.period,
            "kind": kind,
            "linkable": place.state in _LINKABLE,
            "explanation": reasons.get((place.id, kind)),
        }
        for place in places
        for kind in EvidenceKind
        if kind in place.required_evidence and (place.id, kind) not in present
    ]


# Sealed


def frozen(held: Sequence[dict[str, Any]], gaps: Sequence[dict[str, Any]], **box: Any) -> dict[str, Any]:
    """The catalogue as a seal keeps it: plain values, and every file by its revision and sha256."""
    whole = {"box": box, "entries": held, "missing": gaps}
    plain: dict[str, Any] = json.loads(json.dumps(whole, default=str))
    return plain


def digest(catalogue: dict[str, Any]) -> str:
    text = json.dumps(catalogue, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


_SEALED = (
    sa.select(SEAL.c.archive_box_id, SEAL.c.catalogue)
    .select_from(
        SEAL.join(ITS_BOX, sa.and_(ITS_BOX.c.id == SEAL.c.archive_box_id, ITS_BOX.c.seal_count == SEAL.c.number))
    )
    .where(within(SEAL.c.archive_box_id, many("boxes")))
)


@cache
def _readable_statement(roles: Roles) -> sa.Select[Any]:
    return sa.select(EVIDENCE.c.id).where(within(EVIDENCE.c.id, many("pieces")), evidence.read(roles))


def sealed(see: Reader, box: Any) -> dict[str, Any]:
    """The catalogue of a box's seal, as far as the actor may read what is in it."""
    return sealed_of(see, [box])[box.id]


def sealed_of(see: Reader, boxes: Sequence[Any]) -> dict[int, dict[str, Any]]:
    """The same of several boxes at once, by the box's id."""
    rows = see.connection.execute(_SEALED, {"boxes": [box.id for box in boxes]})
    kept: dict[int, dict[str, Any]] = {row.archive_box_id: row.catalogue for row in rows}
    held = {line["evidence_id"] for each in kept.values() for line in each["entries"]}
    pieces = [each for each in held if each is not None]
    statement = _readable_statement(see.actor.roles)
    readable = set(see.connection.execute(statement, {**see.actor.binds, "pieces": pieces}).scalars())
    return {box: {**each, "entries": _told(each, readable), "whole": each} for box, each in kept.items()}


def _told(kept: dict[str, Any], readable: set[int]) -> list[dict[str, Any]]:
    mine = [line for line in kept["entries"] if line["evidence_id"] is None or line["evidence_id"] in readable]
    return [
        {"entry_id": None} | line | {"number": number, "evidence_on": date.fromisoformat(line["evidence_on"])}
        for number, line in enumerate(mine, 1)
    ]


def contents(see: Reader, box: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(lines, what is missing) of a box that the actor reads: as sealed, or as they are now."""
    if box.state in (OPEN, VOIDED):
        held = lines(see, box)
        return held, missing(see, box) if box.state == OPEN else []
    kept = sealed(see, box)
    return kept["entries"], kept["missing"]
