"""Tables that the demo's featured school brought in: one was written, one taken back, one given up, and one waits with
a row that is wrong."""

import hashlib
from datetime import date

import pydantic_core

from app.core.files import Store
from app.core.operation import Tx
from app.demo.bureau import Bureau
from app.demo.diary import Diary
from app.imports import operations as ops
from app.imports.beginning import Source
from app.imports.models import ImportCreate, Mode
from app.imports.sheets import Sheet

HEADS = ["类别", "标题", "日期", "正文"]
BEGUN = -9
Table = tuple[tuple[str, str, str], ...]
"""Kind, title, text; the day is that of the import."""
TABLES: tuple[tuple[str, tuple[str, ...], Table], ...] = (
    (
        "九月简报",
        ("commit",),
        (
            ("亮点", "廉洁主题班会案例集", "各班整理班会案例 36 篇，择优编成案例集。"),
            ("经验", "物资领用一码到底", "领用、归还扫码登记，月底在公开栏公布。"),
        ),
    ),
    ("简报（重复）", ("commit", "undo"), (("亮点", "师德宣誓活动", "全体教师参加师德宣誓。"),)),
    ("简报（旧稿）", ("discard",), (("经验", "家长陪餐记录", "每周两次家长陪餐，意见当天回应。"),)),
    (
        "十月简报",
        (),
        (
            ("亮点", "校务公开栏改版", "公开栏按决策、收费、采购三类分区。"),
            ("简讯", "家长开放日", "邀请家长走进课堂和食堂。"),
        ),
    ),
)
"""Name of the file, what became of it, its rows. There is no kind 简讯."""


def note(diary: Diary, bureau: Bureau, store: Store, featured: str) -> None:
    for number, (name, steps, rows) in enumerate(TABLES):
        imported = _Imported(store, name, rows)
        day = BEGUN + 2 * number
        diary.note(day, 300, bureau.of(featured), imported.look)
        for at, step in enumerate(steps, 1):
            diary.note(day, 300 + 5 * at, bureau.of(featured), lambda tx, of=imported, step=step: of.take(tx, step))  # type: ignore[misc]


class _Imported:
    def __init__(self, store: Store, name: str, rows: Table) -> None:
        self.store, self.name, self.rows, self.id = store, name, rows, 0

    def look(self, tx: Tx) -> None:
        lines = [HEADS, *self._cells(tx.today)]
        text = pydantic_core.to_json([[number, cells] for number, cells in enumerate(lines, 1)]) + b"\n"
        digest = hashlib.sha256(text).hexdigest()
        self.store.staging.mkdir(parents=True, exist_ok=True)
        path = self.store.staging / digest
        path.write_bytes(text)
        source = Source(Sheet(path, len(lines)), f"{self.name}.csv", digest, len(text))
        self.id = ops.create(tx, source, ImportCreate(resource="briefs", mode=Mode.PREVIEW))

    def _cells(self, day: date) -> list[list[str]]:
        return [[kind, title, day.isoformat(), text] for kind, title, text in self.rows]

    def take(self, tx: Tx, step: str) -> None:
        {"commit": ops.commit, "undo": ops.undo, "discard": ops.discard}[step](tx, self.id)
