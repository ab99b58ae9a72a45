"""What the demo's units have boxed of their proof: a box in each state, the open one with something missing."""

import sqlalchemy as sa

from app.assignments.models import ASSIGNMENT
from app.boxes import operations, queries, sealing
from app.boxes.models import BoxCreate, BoxExplain, BoxFill, CataloguePatch, EntryPatch, HandOver, Retention
from app.core.operation import Tx
from app.core.policy import Actor
from app.demo.diary import Diary
from app.plans.models import ITEM

STORIES = (("严实作风，建设清明政风", "政风", 2), ("涵养师德，建设清正教风", "教风", 1), ("过程性资料", "校风", 0))
"""Name, category, how far it comes: handed over, sealed, filled with whatever is left of all items."""
WHY_NOT = "这项材料由局里统一归档，本校不另存。"
PAGES = (6, 4, 18, 3, 7, 12)


def note(diary: Diary, plan_id: int, unit_id: int, clerk: Actor) -> None:
    """Yesterday a unit's clerk boxed what there was, and voided a box made twice."""
    for n, story in enumerate(STORIES):
        diary.note(-1, 420 + 10 * n, clerk, lambda tx, n=n, story=story: _box(tx, plan_id, unit_id, n, *story))  # type: ignore[misc]
    diary.note(-1, 460, clerk, lambda tx: _twice(tx, plan_id, unit_id))


def _box(tx: Tx, plan_id: int, unit_id: int, n: int, name: str, category: str, steps: int) -> None:
    ours = sa.select(ITEM.c.id).join(ASSIGNMENT, ASSIGNMENT.c.plan_item_id == ITEM.c.id)
    ours = ours.where(ASSIGNMENT.c.plan_id == plan_id, ASSIGNMENT.c.unit_id == unit_id)
    items = tx.connection.execute(ours.group_by(ITEM.c.id, ITEM.c.position).order_by(ITEM.c.position)).scalars().all()
    size = -(-len(items) // len(STORIES))
    made = BoxCreate(
        plan_id=plan_id,
        unit_id=unit_id,
        name=name,
        category=category,
        item_ids=list(items[n * size : (n + 1) * size]) if steps else [],
        location=f"档案室 A2-0{n + 1}",
    )
    box_id = operations.create(tx, made)
    operations.fill(tx, box_id, BoxFill())
    box = queries.one(tx, box_id)
    if not box["entries"]:
        return
    lines = [_line(at, entry) for at, entry in enumerate(box["entries"])]
    operations.arrange(tx, box_id, CataloguePatch(entries=lines))
    if steps:
        for gap in box["missing"]:
            place = {"assignment_id": gap["assignment_id"], "kind": gap["kind"]}
            operations.explain(tx, box_id, BoxExplain(**place, note=WHY_NOT))
        sealing.seal(tx, box_id)
    if steps > 1:
        sealing.hand_over(tx, box_id, HandOver(to="青川区教育局档案室"))


def _line(at: int, entry: dict[str, int]) -> EntryPatch:
    """Its pages counted; the first piece is kept for good."""
    return EntryPatch(
        evidence_id=entry["evidence_id"],
        plan_item_id=entry["plan_item_id"],
        pages=PAGES[at % len(PAGES)],
        retention=None if at else Retention.PERMANENT,
    )


def _twice(tx: Tx, plan_id: int, unit_id: int) -> None:
    made = operations.create(tx, BoxCreate(plan_id=plan_id, unit_id=unit_id, name="过程性资料（重复）"))
    sealing.void(tx, made, "与上一盒重复，作废。")
