"""The catalogues of boxes from a table (档案盒目录): what the paper says of the pieces that lie in open ones."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from app.boxes import ledger
from app.boxes.correcting import LINE, Corrected, correct
from app.boxes.models import BOX, BOX_STATE_LABELS, RETENTION_LABELS, BoxState, Retention
from app.boxes.rules import OPEN, POLICY, SEALED, VOIDED, WORKFLOW
from app.core.errors import Conflict
from app.core.models import Name
from app.core.models import whole as within_bounds
from app.core.operation import Reader, Tx
from app.core.policy import Role
from app.core.tables import Row
from app.core.within import many, within
from app.imports.checking import by_types
from app.imports.columns import Column, Wrong, alike, choice, day, labelled, narrow, plain, text, whole, words_of
from app.imports.forms import allowed, filled, readable, version_of
from app.imports.registry import Draft, Importable, Written
from app.imports.taking_back import MOST_NAMED
from app.units.cells import UnitCells

CHANGED = (*LINE, "location")
"""What a row may change: of its piece, and of its box."""
FIXED = {
    "box_name": "盒名请在页面上“修改”",
    "classified": "分项请在页面上“整理目录”",
    "unit_name": "形成单位是上传资料的单位，不能改",
    "filename": "电子件请在资料的页面上更新",
}
"""What the ledger shows, and a row only repeats: it tells apart pieces of one title."""
ORDER = ("box_name", "filename", "unit_name", "classified", "document_number", "evidence_on", *LINE[2:], "location")
"""By what a row is held to mean a piece, the surest first."""
_NUMBER = re.compile(r"(\d{4})-(\d{1,9})")


class Known:
    """The boxes that the file names and the actor may read, with their lines as the ledger shows them."""

    def __init__(self, see: Reader, drafts: Iterable[Draft]) -> None:
        self.units = UnitCells(see)
        numbers = {found for draft in drafts if (found := _number(draft.cells.get("box_number", "")))}
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
        self.met: dict[tuple[int, int], int] = {}
        self.locations: dict[int, tuple[str, int]] = {}
        """By box: where a row said that it stands, and which row."""
        self.versions = {box.id: box.version for box in every}
        """As they become with what is written."""
        self.placed: set[int] = set()
        """Boxes whose place was written."""

    def of_row(self, draft: Draft) -> list[Any]:
        """The boxes that a row may mean: each unit counts for itself, so several may bear one number."""
        number = _number(draft.cells.get("box_number", ""))
        if number is None:
            raise Wrong("盒号请照台账填写，如 2023-012", column="box_number")
        found = self.numbered.get(number, [])
        if unit_id := draft.values.get("unit"):
            found = [box for box in found if box.unit_id == unit_id]
        if not found:
            raise Wrong("没有这个盒号的档案盒，或不在您可见的范围，请核对，或先建盒", column="box_number")
        if name := draft.values.get("box_name"):
            found = [box for box in found if self._bears(box, name)] or found
        return found

    def _bears(self, box: Any, name: str) -> bool:
        """Its name now, or as it was sealed."""
        return alike(name) in {alike(each) for each in (box.name, *(line["box_name"] for line in self.lines[box.id]))}


def _number(cell: str) -> tuple[int, int] | None:
    found = _NUMBER.fullmatch(narrow(cell))
    return (int(found[1]), int(found[2])) if found else None


def _unit(cell: str, known: Known) -> int:
    return known.units.unit(cell)


def _unit_name(unit_id: Any, known: Known) -> str:
    return known.units.title(unit_id)


class _Fields(TypedDict, total=False):
    document_number: Name
    pages: within_bounds(1, 9999)  # type: ignore[valid-type]
    copies: within_bounds(1, 999)  # type: ignore[valid-type]
    location: Name


_FIELDS: TypeAdapter[_Fields] = TypeAdapter(_Fields)
COLUMNS = (
    Column("box_number", "盒号", ("档案盒号", "案卷号"), text, plain, required=True, example="2023-012", width=10),
    Column("unit", "装盒单位", ("立卷单位", "单位"), _unit, _unit_name, hint="几个单位的盒号相同时填写", width=20),
    filled("box_name", "盒名", "案卷题名", "盒题名", width=20),
    filled("classified", "分项", "类目", "分类", hint="照台账填写", width=28),
    filled("title", "材料名称", "题名", "文件题名", "材料题名", required=True, example="议事规则", width=36),
    filled("document_number", "文号", "发文字号", "文件编号"),
    Column("evidence_on", "日期", ("形成日期", "文件日期", "成文日期"), day, plain, example="2023-10-09"),
    filled("unit_name", "形成单位", "责任者", "来源单位", hint="照台账填写", width=20),
    Column("pages", "页数", ("页码数", "张数"), whole("请填写 1 到 9999 的整数", after="页"), plain, width=6),
    Column("copies", "份数", ("件数", "数量"), whole("请填写 1 到 999 的整数", after="份"), plain, width=6),
    Column(
        "retention",
        "保管期限",
        ("期限", "保管年限"),
        choice(RETENTION_LABELS),
        labelled(RETENTION_LABELS),
        choices=words_of(RETENTION_LABELS),
        width=10,
    ),
    filled("location", "存放位置", "位置", "存放地点", hint="同一盒的各行一致", width=16),
    filled("filename", "电子件", "文件名", "电子文件", hint="照台账填写", width=28),
)


def check(known: Known, draft: Draft) -> None:
    by_types(draft, _FIELDS)
    draft.values.setdefault("title", "")  # What is missing is said of all that tell a row together.
    try:
        line = _line(known, draft)
    except Wrong as wrong:
        draft.unmatched(wrong)
        return
    box = known.boxes[line["box_id"]]
    known.met[box.id, line["evidence_id"]] = draft.number
    draft.target_id, draft.target_version = box.id, box.version
    draft.held = {name: line[name] for name in CHANGED} | {"evidence_id": line["evidence_id"]}
    draft.values["evidence_id"] = line["evidence_id"]
    for name, why in FIXED.items():
        if not _agrees(draft, line, name):
            draft.wrong(name, f"与目录里的不同，{why}", [str(line[name])])
    if not draft.changes:
        return
    if box.state == OPEN:
        allowed(draft, lambda: WORKFLOW.admit(box, "arrange"))
    else:
        draft.wrong("", _shut(box))
    _one_place(known, draft, box)


def _shut(box: Any) -> str:
    label = BOX_STATE_LABELS[BoxState(box.state)]
    then = "请先写明理由启封" if box.state == SEALED else "不能再改"
    return f"这一盒{label}，目录已固定，{then}"


def _one_place(known: Known, draft: Draft, box: Any) -> None:
    """A box stands in one place, whatever single rows say."""
    if "location" not in draft.values:
        return
    place, row = known.locations.setdefault(box.id, (draft.values["location"], draft.number))
    if place != draft.values["location"]:
        draft.wrong("location", f"与第 {row} 行写的“{place}”不同，一盒只有一个存放位置", [place])


def _line(known: Known, draft: Draft) -> Row:
    """The piece that a row means: by box and title, and by all else that the row repeats where several are called so."""
    boxes = known.of_row(draft)
    title = alike(draft.values["title"])
    if not title:
        raise Wrong("请填写材料名称", column="title")
    called = [line for box in boxes for line in known.lines[box.id] if alike(line["title"]) == title]
    if not called:
        raise _nowhere(boxes)
    ranked = [(tuple(_repeats(draft, line, name) for name in ORDER), line) for line in called]
    best = max(rank for rank, _ in ranked)
    meant = [line for rank, line in ranked if rank == best]
    free = [line for line in meant if (line["box_id"], line["evidence_id"]) not in known.met]
    if not free:
        first = known.met[meant[0]["box_id"], meant[0]["evidence_id"]]
        raise Wrong(f"与第 {first} 行是同一份材料，请只留一行")
    if any(line[name] != free[0][name] for line in free[1:] for name in ORDER):
        column = "unit" if len({line["box_id"] for line in free}) > 1 else "filename"
        raise Wrong(f"有 {len(free)} 份材料是这样写的，看不出是哪一份，请照台账填写其余各列", column=column)
    return free[0]


def _nowhere(boxes: Sequence[Any]) -> Wrong:
    """A piece is put in by hand, for it needs an electronic file: what is on paper alone is scanned first."""
    if all(box.state == VOIDED for box in boxes):
        return Wrong("这个盒号已作废，盒里的材料在别的盒里，请填写那一盒", column="box_number")
    shut = [box for box in boxes if box.state != OPEN]
    first = f"{_shut(shut[0])}；再" if len(shut) == len(boxes) else ""
    how = "上传电子件（只有纸质的先扫描），在这一盒的页面上“从资料库放入”"
    return Wrong(f"盒里没有这份材料。{first}请{how}，再导入", column="title")


def _repeats(draft: Draft, line: Row, name: str) -> bool:
    return name in draft.values and _agrees(draft, line, name)


def _agrees(draft: Draft, line: Row, name: str) -> bool:
    """Whether a cell says what the ledger shows; an empty one says nothing. The catalogue that lies in a box's archive
    has for the file its path there."""
    if name not in draft.values:
        return True
    said, shown = draft.values[name], line[name]
    if name not in FIXED:
        return bool(said == shown)
    return alike(said) == alike(shown or "") or (name == "filename" and "/" in said)


# Writing


def write(tx: Tx, known: Known, drafts: Sequence[Draft]) -> None:
    """Box by box: its lines as they become, in one act that leaves one event."""
    for box_id, rows in groupby(sorted(drafts, key=lambda draft: draft.target_id or 0), lambda draft: draft.target_id):
        assert box_id is not None
        mine = list(rows)
        changes: dict[int, Corrected] = {}
        location: str | None = None
        for draft in mine:
            changed = {name: new for name, (_, new) in draft.changes.items()}
            draft.undo = {name: plain(old) for name, (old, _) in draft.changes.items()}
            draft.undo["evidence_id"] = draft.values["evidence_id"]
            location = changed.pop("location", location)
            changes[draft.values["evidence_id"]] = changed
        correct(tx, box_id, changes, None if box_id in known.placed else location, known.versions[box_id])
        known.placed.add(box_id)
        known.versions[box_id] = version_of(tx, BOX, box_id)
        for draft in mine:
            draft.target_version = known.versions[box_id]


def undo(tx: Tx, rows: Sequence[Written]) -> None:
    by_box: dict[int, list[Written]] = defaultdict(list)
    for row in rows:
        by_box[row.target_id].append(row)
    for box_id, mine in by_box.items():
        version = max(row.target_version for row in mine)
        if version_of(tx, BOX, box_id) != version:
            numbers = "、".join(str(row.number) for row in mine[:MOST_NAMED])
            raise Conflict(f"第 {numbers} 行的档案盒在导入之后又改动过，不能整批撤销", code="rows_touched")
        changes = {row.undo["evidence_id"]: _as_it_was(row.undo) for row in mine}
        before = [row.undo["location"] for row in mine if "location" in row.undo]
        correct(tx, box_id, changes, before[0] if before else None, version)


def _as_it_was(undo: dict[str, Any]) -> Corrected:
    """From the words that were kept; an empty one was nothing."""
    return {name: LINE_TYPES[name](undo[name]) if undo[name] else None for name in LINE if name in undo}


LINE_TYPES: dict[str, Any] = {
    "document_number": str,
    "evidence_on": day,
    "pages": int,
    "copies": int,
    "retention": Retention,
}

CATALOGUES = Importable(
    name="archive-boxes",
    label="档案盒目录",
    columns=COLUMNS,
    roles=frozenset({Role.SUPERVISOR, Role.OFFICE, Role.SCHOOL}),
    known=Known,
    check=check,
    write=write,
    undo=undo,
    notes=(
        "每一行对应盒里的一份材料：按盒号和材料名称比对；名称相同的，按电子件和其余各列。",
        "可以改文号、日期、页数、份数、保管期限和存放位置；已封盒的须先写明理由启封。",
        "表里有、盒里没有的材料不能导入：请先上传电子件（纸质的先扫描），在盒的页面上放入。",
    ),
)
