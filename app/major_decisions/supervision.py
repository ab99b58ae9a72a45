"""Which office supervises which category: a small table that the supervisor keeps."""

from typing import Any

import sqlalchemy as sa

from app.core.errors import Forbidden
from app.core.operation import Reader, Tx, operation
from app.core.paging import Listing, by_id, one_of
from app.core.policy import DISTRICT, Role, require
from app.core.validation import refuse_emptied
from app.core.workflow import changing, find
from app.major_decisions.models import SUPERVISION, DecisionCategory, DecisionSupervision
from app.major_decisions.rules import LABELS, SUPERVISIONS
from app.major_decisions.schemas import SupervisionCreate, SupervisionPatch
from app.units.models import UNIT
from app.units.operations import office_of_district

KEPT_BY_SUPERVISOR = "监督分工由督查室维护"
NO_OFFICE = "监督的须是股室或二级单位"


@operation("decision_supervision.create")
def create(tx: Tx, given: SupervisionCreate) -> int:
    """A category has one office (409 for a second one)."""
    require(tx.actor, Role.SUPERVISOR)
    office_of_district(tx, given.office_id, NO_OFFICE)
    made = tx.add(DecisionSupervision(**given.model_dump()))
    assert made.id is not None
    return made.id


@operation("decision_supervision.edit")
def edit(tx: Tx, supervision_id: int, given: SupervisionPatch, version: int | None = None) -> int:
    row = find(tx, SUPERVISIONS, supervision_id)
    if not row.may_edit:
        raise Forbidden(KEPT_BY_SUPERVISOR)
    supervision = changing(tx, DecisionSupervision, row, version)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, "office_id")
    office_of_district(tx, changes.get("office_id", row.office_id), NO_OFFICE)
    supervision.sqlmodel_update(changes)
    tx.session.flush()
    return supervision_id


@operation("decision_supervision.delete")
def delete(tx: Tx, supervision_id: int) -> None:
    """The supervisor looks after the category until it has an office again."""
    row = find(tx, SUPERVISIONS, supervision_id)
    if not row.may_delete:
        raise Forbidden(KEPT_BY_SUPERVISOR)
    tx.session.delete(changing(tx, DecisionSupervision, row))
    tx.session.flush()


# Reads

OFFICE = UNIT.alias("supervising")
_NAMES = ("id", "version", "category", "office_id", "basis", "created_at", "updated_at")
_SOURCE = SUPERVISION.join(OFFICE, OFFICE.c.id == SUPERVISION.c.office_id)
_COLUMNS = [*(SUPERVISION.c[name] for name in _NAMES), OFFICE.c.name.label("office_name")]
LIST = Listing(
    policy=SUPERVISIONS,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"id": by_id(SUPERVISION, descending=False)},
    filters={"category": one_of(SUPERVISION.c.category, "category", DecisionCategory)},
)


def present(_see: Reader, row: Any) -> dict[str, Any]:
    actions = [action for action in LABELS if getattr(row, f"may_{action}")]
    return {name: getattr(row, name) for name in (*_NAMES, "office_name")} | {"allowed_actions": actions}


def one(see: Reader, supervision_id: int) -> dict[str, Any]:
    return present(see, LIST.one(see, supervision_id))


_BY_CATEGORY = sa.select(*_COLUMNS).select_from(_SOURCE).where(SUPERVISION.c.district_id == DISTRICT)


def by_category(see: Reader) -> dict[DecisionCategory, str]:
    """Category → the name of its office, where it has one."""
    rows = see.connection.execute(_BY_CATEGORY, see.actor.binds)
    found = {DecisionCategory(row.category): row.office_name for row in rows}
    return {category: found[category] for category in DecisionCategory if category in found}
