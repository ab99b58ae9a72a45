"""Which offices look through which kind of brief beside the supervision office: a small table that the supervisor
keeps."""

from typing import Any

from app.briefs.models import REVIEWER, BriefKind, BriefReviewer, BriefReviewerCreate
from app.briefs.rules import REVIEWERS
from app.core.errors import Forbidden
from app.core.operation import Reader, Tx, operation
from app.core.paging import Listing, by_id, one_of
from app.core.policy import Role, require
from app.core.workflow import changing, find
from app.units.models import UNIT
from app.units.operations import office_of_district


@operation("brief_reviewer.create")
def create(tx: Tx, given: BriefReviewerCreate) -> int:
    """409 where the office has the kind already; what waits is before it from now on."""
    require(tx.actor, Role.SUPERVISOR)
    office_of_district(tx, given.office_id, "审阅的须是股室或二级单位")
    made = tx.add(BriefReviewer(**given.model_dump()))
    assert made.id is not None
    return made.id


@operation("brief_reviewer.delete")
def delete(tx: Tx, reviewer_id: int) -> None:
    row = find(tx, REVIEWERS, reviewer_id)
    if not row.may_delete:
        raise Forbidden("审阅分工由督查室维护")
    tx.session.delete(changing(tx, BriefReviewer, row))
    tx.session.flush()


# Reads

OFFICE = UNIT.alias("reviewing")
_NAMES = ("id", "version", "kind", "office_id", "updated_at")
_SOURCE = REVIEWER.join(OFFICE, OFFICE.c.id == REVIEWER.c.office_id)
_COLUMNS = [*(REVIEWER.c[name] for name in _NAMES), OFFICE.c.name.label("office_name")]
LIST = Listing(
    policy=REVIEWERS,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"id": by_id(REVIEWER, descending=False)},
    filters={"kind": one_of(REVIEWER.c.kind, "kind", BriefKind)},
)


def present(_see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_NAMES, "office_name")}
    return shown | {"allowed_actions": ["delete"] if row.may_delete else []}


def one(see: Reader, reviewer_id: int) -> dict[str, Any]:
    return present(see, LIST.one(see, reviewer_id))
