"""Boxes made by rule: one for each of a plan's areas or items, filled with what is in no box yet (分类分项装盒)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from app.boxes import operations as ops
from app.boxes.models import MOST_ENTRIES, BoxCreate, BoxesByRule, BoxFill, Classified
from app.boxes.papers import item_of
from app.boxes.queries import items_of
from app.boxes.rules import WORKFLOW
from app.core.errors import Conflict, invalid
from app.core.operation import Tx, operation
from app.core.policy import Role, require
from app.units.operations import hold_unit

OTHERS = "其他任务项"
MOST_NAME, MOST_CATEGORY = 90, 20


class Group(NamedTuple):
    name: str
    category: str | None
    """A word for the spine."""
    items: list[int]


@operation("archive_box.create_by_rule")
def create_by_rule(tx: Tx, given: BoxesByRule) -> list[int]:
    """The new boxes in the plan's order. An area or item of which nothing fits gets none; one of which more fits than
    a box holds gets several. 409 where nothing fits at all."""
    require(tx.actor, Role.SUPERVISOR, Role.OFFICE, Role.SCHOOL)
    if given.from_on and given.to_on and given.from_on > given.to_on:
        raise invalid("to_on", "结束日期早于开始日期，请改正")
    unit_id = ops.unit_of(tx, given.unit_id)
    plan = ops.plan_of(tx, given.plan_id)
    hold_unit(tx, unit_id)
    shared = given.model_dump(include={"plan_id", "year", "retention", "location"}) | {"unit_id": unit_id}
    wanted = BoxFill(kinds=given.kinds, from_on=given.from_on, to_on=given.to_on)
    made: list[int] = []
    items = items_of(tx, plan.id)
    found = ops.proofs(tx, _Place(unit_id, plan.id), wanted, [item["id"] for item in items])
    for group, fitting in _sorted(found, _groups(items, given.by, plan.title)):
        for name, pieces in _boxfuls(group.name, fitting):
            # Unchecked: nobody sent these, and an area may have more items than anybody chooses by hand.
            box = BoxCreate.model_construct(**shared, name=name, category=group.category, item_ids=group.items)
            made.append(_filled(tx, box, pieces))
    if not made:
        raise Conflict("没有符合条件、又还没有装盒的资料，请换个条件再试", code="nothing_fits")
    return made


class _Place(NamedTuple):
    """Whose evidence, and of which plan."""

    unit_id: int
    plan_id: int


def _groups(items: Sequence[dict[str, Any]], by: Classified, plan: str) -> Iterator[Group]:
    """In the plan's order; items of no area come last, together, and of a plan without areas bear its name."""
    if by == Classified.ITEM:
        for item in items:
            named = {"item_number": item["number"], "item_title": item["title"]}
            yield Group(item_of(named)[:MOST_NAME], None, [item["id"]])
        return
    order = {area: n for n, area in enumerate(dict.fromkeys(item["area_id"] for item in items if item["area_id"]))}
    for area_id, each in groupby(
        sorted(items, key=lambda item: order.get(item["area_id"], len(order))), lambda item: item["area_id"]
    ):
        mine = list(each)
        title = mine[0]["area_title"] if area_id else OTHERS
        ids = [item["id"] for item in mine]
        yield Group(title[:MOST_NAME], title[:MOST_CATEGORY], ids) if order else Group(plan[:MOST_NAME], None, ids)


def _sorted(found: Iterable[dict[str, Any]], groups: Iterable[Group]) -> Iterator[tuple[Group, list[dict[str, Any]]]]:
    """What fits under each group; a piece that fits under several goes into the first of these."""
    of_item: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for each in found:
        of_item[each["plan_item_id"]].append(each)
    placed: set[int] = set()
    for group in groups:
        mine = ops.once(each for item in group.items for each in of_item[item] if each["evidence_id"] not in placed)
        placed.update(each["evidence_id"] for each in mine)
        yield group, mine


def _boxfuls(name: str, pieces: Sequence[dict[str, Any]]) -> Iterator[tuple[str, Sequence[dict[str, Any]]]]:
    """As much at a time as a box holds."""
    for number, start in enumerate(range(0, len(pieces), MOST_ENTRIES), 1):
        yield name if number == 1 else f"{name}（{number}）", pieces[start : start + MOST_ENTRIES]


def _filled(tx: Tx, box: BoxCreate, pieces: Sequence[dict[str, Any]]) -> int:
    box_id = ops.create(tx, box)
    row = WORKFLOW.guard(tx, box_id, "fill")
    ops.put(tx, row, pieces)
    ops.amend(tx, row, count=len(pieces))
    return box_id
