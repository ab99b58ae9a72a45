"""Every write to summaries: begun, written section by section, made final, begun anew."""

from typing import Any

import sqlalchemy as sa
from pydantic_core import to_jsonable_python

from app.complaints.models import COMPLAINT
from app.complaints.queries import LIST as COMPLAINTS
from app.core.audit import audited_write, record, shown
from app.core.errors import Conflict, NotFound, Stale, invalid
from app.core.models import Input
from app.core.operation import Tx, operation
from app.core.policy import Role, require
from app.core.workflow import LOST, STALE, expect_version
from app.summaries.models import SNAPSHOT, SUMMARY, Summary, SummaryCreate, SummarySnapshot
from app.summaries.queries import Of, live, plan_of
from app.summaries.rules import WORKFLOW
from app.summaries.telling import groups


@operation("summary.create")
def create(tx: Tx, given: SummaryCreate) -> int:
    """The written part of a plan's summary is begun; 409 where it is there."""
    require(tx.actor, Role.SUPERVISOR)
    try:
        plan_of(tx, given.plan_id)
    except NotFound:
        raise invalid("plan_id", "没有这份方案，或它还没有印发，请重新选择") from None
    made = tx.add(Summary(plan_id=given.plan_id, texts={}))
    assert made.id is not None
    return made.id


@operation("summary.edit")
def edit(tx: Tx, summary_id: int, given: Input, version: int | None = None) -> int:
    """Sections that are not named stay. The event says of which sections the prose changed, by length and hash."""
    row = WORKFLOW.guard(tx, summary_id, "edit")
    expect_version(row, version)
    asked = given.model_dump(exclude_unset=True)
    changed = {key: text for key, text in asked.items() if text != row.texts.get(key)}
    if not changed:
        return summary_id
    texts = {key: text for key, text in {**row.texts, **changed}.items() if text is not None}
    mine = sa.update(SUMMARY).where(SUMMARY.c.id == row.id, SUMMARY.c.version == row.version)
    with audited_write(tx.connection):
        done = tx.connection.execute(mine.values(texts=texts, version=row.version + 1, updated_at=tx.now))
    if done.rowcount != 1:
        raise Conflict(LOST, code="lost_race") if version is None else Stale(STALE)
    before = {key: shown(row.texts.get(key)) for key in changed}
    after = {key: shown(text) for key, text in changed.items()}
    record(tx, "summary", row.id, before=before, after=after, district_id=row.district_id)
    return summary_id


# Steps

_LAST = sa.select(sa.func.coalesce(sa.func.max(SNAPSHOT.c.number), 0))


@operation("summary.freeze")
def freeze(tx: Tx, summary_id: int, note: str | None = None) -> int:
    """The figures are kept as whoever does this reads them now, with the prose and the instant."""
    row = WORKFLOW.guard(tx, summary_id, "freeze", note)
    WORKFLOW.step(tx, row, "freeze", note, frozen_at=tx.now, frozen_by=tx.actor.user_id)
    of = plan_of(tx, row.plan_id)
    number = tx.connection.execute(_LAST.where(SNAPSHOT.c.summary_id == row.id)).scalar_one() + 1
    sections = [_unlinked(each) for each in to_jsonable_python(live(tx, of))]
    kept = {"sections": sections, "texts": row.texts, "complaint_ids": _counted(tx, of)}
    tx.add(SummarySnapshot(district_id=row.district_id, summary_id=summary_id, number=number, taken_at=tx.now, **kept))
    return summary_id


def _unlinked(section: dict[str, Any]) -> dict[str, Any]:
    """A kept figure leads to no list: that would hold other rows some day."""
    lines = [[{**cell, "href": None} for cell in line] for line in (section["table"] or {"lines": []})["lines"]]
    return section | {
        "figures": [{**each, "href": None} for each in section["figures"]],
        "table": section["table"] and {**section["table"], "lines": lines},
    }


def _counted(tx: Tx, of: Of) -> list[int]:
    between = {"since": f"{of.year}-01-01", "until": f"{of.year}-12-31"}
    return sorted(row.id for row in groups(tx, COMPLAINTS, between, {"id": COMPLAINT.c.id}))


@operation("summary.reopen")
def reopen(tx: Tx, summary_id: int, note: str | None = None) -> int:
    """Earlier snapshots stay as they are."""
    row = WORKFLOW.guard(tx, summary_id, "reopen", note)
    WORKFLOW.step(tx, row, "reopen", note, frozen_at=None, frozen_by=None)
    return summary_id


STEPS = {"freeze": freeze, "reopen": reopen}
