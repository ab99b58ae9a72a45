"""What the archive leaves in the database: whatever pages tell and rules count."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.audit import EVENT
from app.core.calendar import now
from app.events.archive import archive
from app.events.chain import check as walk
from app.events.heads import public_of
from app.installation import Installation
from app.settings import Settings
from tests.accountability.steps import LADDER, run
from tests.conftest import As
from tests.documents.steps import DOCUMENTS, submitted
from tests.generated.rows import document
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, ok
from tests.world import World

WHY = "佐证照片看不清，请补充。"


@pytest.fixture
def archived(settings: Settings, world: World, tmp_path: Path) -> Callable[[], int]:
    """All that is in the log by now goes to a file; how many events went."""

    def move_away() -> int:
        with Installation(settings) as installation:
            file = tmp_path / f"{len(list(tmp_path.iterdir()))}.jsonl"
            [done] = archive(installation, file, [world.district], now() + timedelta(seconds=1))
            assert installation.database.read_now(walk, world.district, public_of(settings)).ok
            return done.removed

    return move_away


def labels(row: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(entry["label"], entry["note"]) for entry in row["timeline"]]


def test_why_a_row_was_sent_back_outlives_the_archive_and_so_does_what_came_of_it(
    as_: As, stock: Stock, archived: Callable[[], int]
) -> None:
    plan = stock.plan()
    row = f"{API}/assignments/{stock.assignment(plan, stock.item(plan), '实验小学')}"
    school, supervisor = as_("school"), as_("supervisor")
    ok(school.post(f"{row}/acknowledge", json={}))
    report = {"text": "已开展主题活动。", "percent": 100}
    ok(school.post(f"{row}/progress-reports", json=report), 201)
    ok(school.post(f"{row}/submit", json={}))
    ok(supervisor.post(f"{row}/send-back", json={"note": WHY}))
    assert archived() > 5
    back = ok(school.get(row))
    assert labels(back) == [("退回", WHY)] and back["sent_back"]["note"] == WHY
    assert WHY in school.get(f"/assignments/{back['id']}").text
    ok(school.post(f"{row}/submit", json={}))
    ok(supervisor.post(f"{row}/complete", json={}))
    archived()
    assert [label for label, _ in labels(ok(school.get(row)))] == ["办结", "提交审核", "退回"]


def test_refused_rechecks_are_still_counted(as_: As, stock: Stock, archived: Callable[[], int]) -> None:
    supervisor = as_("supervisor")
    rung = {"trigger": "refused_recheck", "threshold": 1, "proposes": "open_criticism"}
    ok(supervisor.post(LADDER, json=rung), 201)
    matter = stock.rectification("第一幼儿园", "submitted", cause="无。", measures="无。", result="无。")
    ok(supervisor.post(f"{API}/rectifications/{matter}/send-back", json={"note": WHY}))
    archived()
    assert [(each["unit_name"], each["kind"]) for each in run(supervisor)] == [("第一幼儿园", "open_criticism")]


def test_a_document_shows_when_the_log_holds_no_more_of_it(as_: As, stock: Stock, settings: Settings) -> None:
    """As after an archive by a release that took reasons, too."""
    made = document(stock, "draft")
    submitted(as_, {"id": made})
    path = f"{DOCUMENTS}/{made}"
    ok(as_("leader").post(f"{path}/send-back", json={"note": WHY}))
    ok(as_("supervisor").post(f"{path}/void", json={"note": "不再需要。"}))
    with Installation(settings) as installation, installation.database.writer.begin() as connection:
        connection.execute(sa.delete(EVENT).where(EVENT.c.resource == "document"))
    assert ok(as_("supervisor").get(path))["sent_back"] is None
    for page in ("", "/print"):
        assert as_("supervisor").get(f"/documents/{made}{page}").status_code == 200
