"""Every read of assignments: the ledger, one row with what surrounds it, reports and urgings. Sums: ``ledger``."""

from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.appointments.holders import with_responsible
from app.assignments.models import (
    ACTIVITY_KIND_LABELS,
    ASSIGNMENT,
    OPEN_STATES,
    REPORT,
    STANDS,
    URGING,
    AssignmentState,
)
from app.assignments.rules import IMPORTED, POLICY, TAKEN_BACK, WORKFLOW, read, search_lanes
from app.assignments.words import MOVED
from app.core.calendar import Lamp, lamp, today_of
from app.core.errors import NotFound
from app.core.operation import Reader
from app.core.paging import Asked, Filter, Listing, Sort, by_id, equals, one_of
from app.core.params import parse_choice, parse_flag, parse_text
from app.core.policy import OWN, Policy, Roles, among
from app.core.prepared import Prepared
from app.core.timeline import Entry, labels_of, timeline
from app.core.within import within
from app.core.workflow import find
from app.evidence.queries import kinds_linked
from app.identity.models import USER
from app.notifications.models import NOTICE
from app.notifications.queries import called, titled
from app.notifications.rules import there_while
from app.plans.models import AREA, EVIDENCE_KIND_LABELS, ITEM, PLAN, RESPONSIBILITY, EvidenceKind, ResponsibilityRole
from app.units.models import UNIT

# Lamps as conditions; they agree with ``lamp_of``

_OPEN = among(ASSIGNMENT.c.state, *OPEN_STATES)
_KEY = ASSIGNMENT.c.deadline_key
_TODAY = sa.bindparam("lamp_today", type_=sa.Date)
_AMBER = sa.bindparam("lamp_amber", type_=sa.Date)
_NEVER = sa.literal_column("'9999-12-31'", sa.Date)
_STILL = (AssignmentState.DECLINED, AssignmentState.WAIVED, AssignmentState.CANCELLED)
"""States in which the clock stands and nothing is done."""
LAMPS = {
    "red": sa.and_(_OPEN, _KEY < _TODAY),
    "amber": sa.and_(_OPEN, _KEY >= _TODAY, _KEY <= _AMBER),
    "green": sa.and_(_OPEN, _KEY > _AMBER, _KEY < _NEVER),
    "none": sa.or_(sa.and_(_OPEN, _KEY == _NEVER), among(ASSIGNMENT.c.state, *_STILL)),
    "done": among(ASSIGNMENT.c.state, AssignmentState.COMPLETED),
}

_CLOCKLESS = sa.or_(sa.and_(_OPEN, _KEY == _NEVER), ASSIGNMENT.c.state == AssignmentState.DECLINED)
STANDINGS = {
    "late": LAMPS["red"],
    "soon": LAMPS["amber"],
    "running": sa.or_(LAMPS["green"], _CLOCKLESS),
    "completed": LAMPS["done"],
    "waived": ASSIGNMENT.c.state == AssignmentState.WAIVED,
    "due": ASSIGNMENT.c.state != AssignmentState.CANCELLED,
}
"""The dashboard's figures: the first five add up to ``due`` (应办)."""


def lamp_binds(see: Reader) -> dict[str, Any]:
    """Today, and the last date that is amber."""
    return {"lamp_today": see.today, "lamp_amber": see.workdays.last_within(see.today, see.settings.lamp_days)}


def lamp_of(see: Reader, row: Any) -> Lamp:
    """Completed late is 逾期办结, not red; where the clock stands the lamp says why."""
    state = row.state
    if state in _RUNNING:
        return lamp(row.deadline_on, see.today, see.workdays, see.settings.lamp_days)
    if state == AssignmentState.COMPLETED:
        late = row.deadline_on and row.completed_at and today_of(row.completed_at) > row.deadline_on
        return _LATE if late else _COMPLETED
    if getattr(row, "merged_into_id", None) is not None:
        return _MERGED
    label = WORKFLOW.labels[state]
    return Lamp("none", label, label)


_RUNNING = frozenset(OPEN_STATES)
_MERGED = Lamp("none", "并入", "并入")
_COMPLETED, _LATE = Lamp("done", "办结", "办结"), Lamp("done", "逾期办结", "逾期办结")


def _plain(column: sa.Column[Any]) -> sa.ColumnElement[str]:
    """An enum's value as it lies in the database: a list needs no member of it."""
    return sa.type_coerce(column, sa.String).label(column.name)


_ROW = ASSIGNMENT.c
_COLUMNS = [
    _ROW.id,
    _ROW.version,
    _ROW.plan_id,
    _ROW.plan_item_id,
    _ROW.unit_id,
    _ROW.period,
    _plain(_ROW.role),
    _plain(_ROW.state),
    _ROW.percent,
    _ROW.deadline_on,
    _ROW.original_deadline_on,
    _ROW.counted,
    _ROW.awaits_decision,
    _ROW.merged_into_id,
    _ROW.report_count,
    ITEM.c.number.label("item_number"),
    ITEM.c.title.label("item_title"),
    UNIT.c.name.label("unit_name"),
    _ROW.completed_at,
    _ROW.updated_at,
]
_NAMES = [column.name for column in _COLUMNS]
SOURCE = ASSIGNMENT.join(ITEM, ITEM.c.id == _ROW.plan_item_id).join(UNIT, UNIT.c.id == _ROW.unit_id)

LIST = Listing(
    policy=POLICY,
    source=SOURCE,
    columns=_COLUMNS,
    sorts={
        "id": by_id(ASSIGNMENT),
        "deadline": Sort(_KEY, load=date.fromisoformat),
        "updated_at": Sort(_ROW.updated_at, True, datetime.fromisoformat),
    },
    filters={
        "plan_id": equals(_ROW.plan_id, "plan_id"),
        "plan_item_id": equals(_ROW.plan_item_id, "plan_item_id"),
        "unit_id": equals(_ROW.unit_id, "unit_id"),
        "state": one_of(_ROW.state, "state", AssignmentState),
        "lamp": Filter(LAMPS, parse_choice(list(LAMPS)), lamp_binds),
        "standing": Filter(STANDINGS, parse_choice(list(STANDINGS)), lamp_binds),
        "area_id": equals(ITEM.c.area_id, "area_id"),
        "period": equals(_ROW.period, "period", parse_text),
        "role": one_of(_ROW.role, "role", ResponsibilityRole),
        "counted": equals(_ROW.counted, "counted", parse_flag),
        "awaits_decision": equals(_ROW.awaits_decision, "awaits_decision", parse_flag),
        "dispatch_id": equals(_ROW.dispatch_event_id, "dispatch_id"),
        "own": Filter(
            {"true": within(_ROW.unit_id, OWN), "false": sa.not_(within(_ROW.unit_id, OWN))},
            parse_choice(["true", "false"]),
        ),
    },
    search=[ITEM.c.title, UNIT.c.name],
    search_lanes=search_lanes,
    led_by=frozenset({"plan_id"}),
)


def present(see: Reader, row: Any) -> dict[str, Any]:
    """A row as the ledger shows it."""
    shown = dict(zip(_NAMES, row, strict=False))  # the statement's first columns, in order
    shown["lamp"], shown["lamp_words"], shown["lamp_short"] = lamp_of(see, row)
    shown["allowed_actions"] = allowed_actions(see, row)
    return shown


def allowed_actions(see: Reader, row: Any) -> list[str]:
    actions = WORKFLOW.allowed_actions(row)
    # An extension is asked for before the deadline has passed, and only where there is one.
    if "request_extension" in actions and (row.deadline_on is None or row.deadline_on < see.today):
        actions.remove("request_extension")
    return actions


# One row


@cache
def _row_statement(roles: Roles) -> Prepared:
    columns = [*_COLUMNS, *POLICY.columns(roles)]
    return Prepared(sa.select(*columns).select_from(SOURCE).where(_ROW.id == sa.bindparam("row_id"), read(roles)))


def row(see: Reader, assignment_id: int) -> dict[str, Any]:
    """A row as the ledger shows it, by its id: what a step answers with. ``one`` reads six times as much."""
    shown = present(see, _found(see, _row_statement(see.actor.roles), assignment_id))
    with_responsible(see, [shown])
    return shown


def _found(see: Reader, statement: Prepared, assignment_id: int) -> Any:
    found = statement.one_or_none(see.connection, {**see.actor.binds, "row_id": assignment_id})
    if found is None:
        raise NotFound()
    return found


_FORMER = UNIT.alias("former_unit")
_DETAIL = [
    _ROW.acknowledged_at,
    _ROW.submitted_at,
    _ROW.submit_count,
    _ROW.send_back_count,
    _ROW.created_at,
    _ROW.dispatch_event_id,
    _ROW.retire_event_id,
    PLAN.c.title.label("plan_title"),
    PLAN.c.state.label("plan_state"),
    AREA.c.title.label("area_title"),
    ITEM.c.measures,
    ITEM.c.cadence,
    ITEM.c.deadline_text,
    ITEM.c.required_evidence,
    UNIT.c.kind.label("unit_kind"),
    _ROW.former_unit_id,
    sa.select(_FORMER.c.name).where(_FORMER.c.id == _ROW.former_unit_id).scalar_subquery().label("former_unit_name"),
]
_SHOWN = [column.name for column in _DETAIL if not column.name.endswith("_event_id")]


@cache
def _one_statement(roles: Roles) -> Prepared:
    source = SOURCE.join(PLAN, PLAN.c.id == _ROW.plan_id).outerjoin(AREA, AREA.c.id == ITEM.c.area_id)
    columns = [*_COLUMNS, *_DETAIL, *POLICY.columns(roles)]
    return Prepared(sa.select(*columns).select_from(source).where(_ROW.id == sa.bindparam("row_id"), read(roles)))


def one(see: Reader, assignment_id: int) -> dict[str, Any]:
    """A row with its item's text, who answers for it today, the evidence it requires, its reports, urgings and what was
    last sent back.
    """
    row = _found(see, _one_statement(see.actor.roles), assignment_id)
    shown = present(see, row) | {name: getattr(row, name) for name in _SHOWN}
    present_kinds = kinds_linked(see, "assignments", assignment_id)
    shown["required_evidence"] = [
        {"kind": kind.value, "label": EVIDENCE_KIND_LABELS[kind], "count": present_kinds.get(kind, 0)}
        for kind in EvidenceKind
        if kind in row.required_evidence
    ]
    shown["missing_evidence"] = [kind["kind"] for kind in shown["required_evidence"] if not kind["count"]]
    shown["responsibilities"] = _responsibilities(see, row.plan_item_id)
    with_responsible(see, [shown])
    reports = _of_row(see, _REPORTS, assignment_id)
    shown["urgings"] = _of_row(see, _URGINGS, assignment_id)
    shown["timeline"] = [entry._asdict() for entry in _history(see, row, reports, len(shown["urgings"]))]
    standing = (report for report in reports if report["taken_back_event_id"] is None)
    shown["progress_reports"] = [{name: report[name] for name in (*_REPORTED, "author")} for report in standing]
    shown["sent_back"] = _sent_back(shown["timeline"]) if row.state == AssignmentState.IN_PROGRESS else None
    return shown


_REPORTED = ("id", "text", "percent", "reported_on", "place", "participants", "activity", "created_at")
_REPORTS = (
    sa.select(
        *(REPORT.c[n] for n in _REPORTED),
        REPORT.c.import_event_id,
        REPORT.c.taken_back_event_id,
        USER.c.name.label("author"),
    )
    .outerjoin_from(REPORT, USER, USER.c.id == REPORT.c.user_id)
    .where(REPORT.c.assignment_id == sa.bindparam("row_id"))
    .order_by(REPORT.c.id.desc())
    .limit(200)
)
_URGINGS = (
    sa.select(*(URGING.c[n] for n in ("id", "level", "note", "created_at")), USER.c.name.label("author"))
    .outerjoin_from(URGING, USER, USER.c.id == URGING.c.user_id)
    .where(URGING.c.assignment_id == sa.bindparam("row_id"))
    .order_by(URGING.c.id.desc())
    .limit(200)
)
_NAMED = (
    sa.select(RESPONSIBILITY.c.name, RESPONSIBILITY.c.role, RESPONSIBILITY.c.is_group, RESPONSIBILITY.c.unit_id)
    .where(RESPONSIBILITY.c.plan_item_id == sa.bindparam("item"), RESPONSIBILITY.c.dropped_reason.is_(None))
    .order_by(RESPONSIBILITY.c.position, RESPONSIBILITY.c.id)
)


def _of_row(see: Reader, statement: Any, assignment_id: int) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in see.connection.execute(statement, {"row_id": assignment_id})]


def _responsibilities(see: Reader, item_id: int) -> list[dict[str, Any]]:
    """Who is responsible, in the plan's own words and order."""
    return [dict(row._mapping) for row in see.connection.execute(_NAMED, {"item": item_id})]


_LABELS = {
    **labels_of(WORKFLOW),
    "assignment.acknowledge": ("签收", "accept"),
    "assignment.urge": ("催办", "urge"),
    IMPORTED: ("导入进展", ""),
    TAKEN_BACK: ("撤销导入", "back"),
    MOVED: ("时限调整", "urge"),
    "plan.dispatch": ("下发", ""),
    "plan.renew": ("下发", ""),
    "unit.merge": ("单位撤并", ""),
    "unit.close": ("单位撤销", ""),
    "extension.approve": ("批准延期", "accept"),
    "extension.refuse": ("不批准延期", "back"),
}


def _history(see: Reader, row: Any, reported: list[dict[str, Any]], urged: int) -> list[Entry]:
    """The log's events in people's words, with what was ``reported``, also what was taken back: both are only ever
    appended to."""
    back = [report for report in reported if report["taken_back_event_id"] is not None]
    back.sort(key=lambda report: int(report["taken_back_event_id"]), reverse=True)
    runs = {report[name] for report in reported for name in ("import_event_id", "taken_back_event_id")}
    entries = timeline(see, "assignment", row.id, _LABELS, (row.dispatch_event_id, row.retire_event_id, *runs))
    reports, taken_back, urgings = iter(reported), iter(back), iter(range(urged, 0, -1))
    told = []
    for entry in entries:
        if entry.label in ("填报进展", "导入进展") and (report := next(reports, None)):
            entry = entry._replace(label=f"{entry.label} {report['percent']}%", note=_told(report))
        elif entry.label == "撤销导入" and (report := next(taken_back, None)):
            entry = entry._replace(label=f"撤销导入的进展 {report['percent']}%")
        elif entry.label == "催办":
            entry = entry._replace(label=f"催办（第{next(urgings, 1)}次）")
        elif entry.label == "下发" and row.state == AssignmentState.CANCELLED and entry is entries[0]:
            entry = entry._replace(label="收回")
        told.append(entry)
    return told


def _told(report: dict[str, Any]) -> str:
    if report["place"] is None:
        return str(report["text"])
    many = f"，参加 {report['participants']} 人" if report["participants"] else ""
    what = f" {ACTIVITY_KIND_LABELS[report['activity']]}" if report["activity"] else ""
    return f"{report['reported_on']} {report['place']}{what}{many}：{report['text']}"


def _sent_back(told: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The last send-back, while nothing was handed in after it."""
    steps = (entry for entry in told if entry["label"] in ("退回", "重新办理", "提交审核", "办结"))
    last = next(steps, None)
    return last if last and last["label"] in ("退回", "重新办理") else None


# Reports and urgings as lists of their own


def _with_row(table: sa.Table, *which: sa.ColumnElement[bool]) -> Policy:
    """Read with the row they belong to."""

    def readable(roles: Roles) -> sa.ColumnElement[bool]:
        row = sa.select(sa.literal(1)).select_from(ASSIGNMENT).where(_ROW.id == table.c.assignment_id, read(roles))
        return sa.and_(*which, row.correlate(table).exists())

    return Policy(table, readable)


def _listing(table: sa.Table, *names: str, which: tuple[sa.ColumnElement[bool], ...] = ()) -> Listing:
    return Listing(
        policy=_with_row(table, *which),
        source=table.outerjoin(USER, USER.c.id == table.c.user_id),
        columns=[*(table.c[name] for name in names), USER.c.name.label("author")],
        sorts={"id": by_id(table)},
        filters={"assignment_id": equals(table.c.assignment_id, "assignment_id")},
        part_of="assignment_id",
    )


REPORTS = _listing(REPORT, *_REPORTED, "version", "assignment_id", which=(STANDS,))
URGINGS = _listing(URGING, "id", "version", "assignment_id", "level", "note", "created_at")


def present_part(see: Reader, row: Any) -> dict[str, Any]:
    """A report or an urging; neither is ever changed."""
    shown = dict(row._mapping)
    del shown["page_key"]
    return shown | {"allowed_actions": []}


def parts_of(see: Reader, listing: Listing, assignment_id: int, asked: Asked) -> dict[str, Any]:
    """The reports or urgings of a row; 404 where the row is not there for the actor."""
    find(see, POLICY, assignment_id)
    asked = Asked(
        **{**asked.__dict__, "filters": {**asked.filters, "assignment_id": assignment_id}},
    )
    return listing.body(see, asked, present_part)


def part(see: Reader, listing: Listing, part_id: int) -> dict[str, Any]:
    """One report or urging, as its own answer."""
    assert listing.source is not None
    statement = sa.select(*listing.columns).select_from(listing.source)
    statement = statement.where(listing.policy.table.c.id == part_id)
    row = see.connection.execute(statement).one()
    return dict(row._mapping) | {"allowed_actions": []}


titled(ASSIGNMENT, ITEM.c.title, ASSIGNMENT.join(ITEM, ITEM.c.id == ASSIGNMENT.c.plan_item_id))
# Of a run of a dispatch, how many rows it gave the unit, and how many of them wait to be acknowledged: among the unit's
# own, since the run's may be thousands and are not to be read by their index. A later run may have given all of them
# anew, and tells of them itself. (Not EXISTS, for which a database may read all the rows there are, of every unit.)
_GIVEN = sa.and_(_ROW.unit_id == NOTICE.c.unit_id, _ROW.dispatch_event_id + 0 == NOTICE.c.resource_id)
called("dispatch", sa.select(sa.func.count()).where(_GIVEN))
called("dispatch", sa.select(sa.func.count()).where(_GIVEN, _ROW.state == AssignmentState.PENDING), "waiting")
_ANY_GIVEN = sa.select(sa.literal(1)).where(_GIVEN).limit(1).correlate(NOTICE)
there_while("dispatch", _ANY_GIVEN.scalar_subquery().is_not(None))
