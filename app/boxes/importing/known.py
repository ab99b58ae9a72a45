"""What a catalogue's table is compared with: the boxes that it names, and where their pieces may stand."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from app.boxes import ledger
from app.boxes.models import BOX, BOX_STATE_LABELS, BoxState
from app.boxes.papers import item_of
from app.boxes.queries import items_of
from app.boxes.rules import OPEN, POLICY, SEALED
from app.core.operation import Reader
from app.core.tables import Row
from app.core.within import many, within
from app.imports.columns import Wrong, alike, narrow
from app.imports.forms import readable
from app.imports.registry import Draft
from app.plans.models import EVIDENCE_KIND_LABELS, EvidenceKind
from app.units.cells import UnitCells
from app.units.importing.naming import meant

OTHERS = "其他材料"
_NUMBER = re.compile(r"(\d{4})-(\d{1,9})")
_KINDS = {label: kind for kind, label in EVIDENCE_KIND_LABELS.items()}


class Known:
    """The boxes that the file names and the actor may read, with their lines as the ledger shows them."""

    def __init__(self, see: Reader, drafts: Iterable[Draft]) -> None:
        self.see, self.units = see, UnitCells(see)
        numbers: set[tuple[int, int]] = set()
        self.tells_files = False
        """Whether the file has 电子件: then a row without it is on paper alone."""
        for draft in drafts:
            numbers |= {found} if (found := _number(draft.cells.get("box_number", ""))) else set()
            self.tells_files |= "filename" in draft.cells
        asked = within(BOX.c.number, many("numbers"))
        named = readable(see, POLICY, asked, numbers=sorted({number for _, number in numbers}))
        self.boxes: dict[int, Any] = {box.id: box for box in named if (box.year, box.number) in numbers}
        self.numbered: dict[tuple[int, int], list[Any]] = defaultdict(list)
        for box in self.boxes.values():
            self.numbered[box.year, box.number].append(box)
        self.lines: dict[int, list[Row]] = defaultdict(list)
        every = list(self.boxes.values())
        for at in range(0, len(every), ledger.TOGETHER):
            for line in ledger.lines(see, every[at : at + ledger.TOGETHER], OPEN):
                self.lines[line["box_id"]].append(line)
        self.met: dict[Any, int] = {}
        """Line of a box, or what a new one says → the row of the file that means it."""
        self.added: dict[int, int] = defaultdict(int)
        """How many new pieces the file brings to each box."""
        self.places: dict[int, tuple[str, int]] = {}
        """By box: where a row said that it stands, and which row."""
        self.versions = {box.id: box.version for box in every}
        """As they become with what is written."""
        self.placed: set[int] = set()
        """Boxes whose place was written."""
        self._items: dict[int, dict[str, int | None]] = {}

    def of_row(self, draft: Draft) -> list[Any]:
        """The boxes that a row may mean: each unit counts for itself, so several may bear one number."""
        number = _number(draft.cells.get("box_number", ""))
        if number is None:
            raise Wrong("盒号请照台账填写，如 2023-012", column="box_number")
        found = self.numbered.get(number, [])
        theirs = {box.unit_id for box in found}
        if unit_id := meant(self.units.names, draft, lambda each: each in theirs):
            found = [box for box in found if box.unit_id == unit_id]
        if not found:
            raise Wrong("没有这个盒号的档案盒，或不在您可见的范围，请核对，或先建盒", column="box_number")
        if name := draft.values.get("box_name"):
            found = [box for box in found if self._bears(box, name)] or found
        return found

    def _bears(self, box: Any, name: str) -> bool:
        """Its name now, or as it was sealed."""
        return alike(name) in {alike(each) for each in (box.name, *(line["box_name"] for line in self.lines[box.id]))}

    def place(self, plan_id: int, written: str) -> tuple[int | None, EvidenceKind]:
        """(item, kind) of what stands under 分项: 第1项 健全制度 · 制度."""
        item, _, kind = written.rpartition("·")
        item, kind = item.strip(), kind.strip()
        if plan_id not in self._items:
            items = items_of(self.see, plan_id)
            named = {item_of({"item_number": i["number"], "item_title": i["title"]}): i["id"] for i in items}
            self._items[plan_id] = {alike(name): item_id for name, item_id in named.items()} | {alike(OTHERS): None}
        if kind not in _KINDS:
            raise Wrong(f"请写成“第1项 健全制度 · 制度”的样子，资料类别可选：{'、'.join(_KINDS)}", column="classified")
        if alike(item or OTHERS) not in self._items[plan_id]:
            raise Wrong(f"这一盒的方案里没有这个任务项，请照方案填写；不属于任务项的写“{OTHERS}”", column="classified")
        return self._items[plan_id][alike(item or OTHERS)], _KINDS[kind]


def _number(cell: str) -> tuple[int, int] | None:
    found = _NUMBER.fullmatch(narrow(cell))
    return (int(found[1]), int(found[2])) if found else None


def shut(box: Any) -> str:
    """Why a box that is not open stays as it is, and what to do about it."""
    label = BOX_STATE_LABELS[BoxState(box.state)]
    then = "请先写明理由启封" if box.state == SEALED else "不能再改"
    return f"这一盒{label}，目录已固定，{then}"


def one_place(known: Known, draft: Draft, box: Any) -> None:
    """A box stands in one place, whatever single rows say."""
    if "location" not in draft.values:
        return
    place, row = known.places.setdefault(box.id, (draft.values["location"], draft.number))
    if place != draft.values["location"]:
        draft.wrong("location", f"与第 {row} 行写的“{place}”不同，一盒只有一个存放位置", [place])
