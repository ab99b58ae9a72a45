"""Heads kept between a backup and its restore are missing from the log for good: the restore, an event, explains them,
and nothing else that is missing.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection
from starlette.testclient import TestClient

from app.core.audit import EVENT, record
from app.core.calendar import SHANGHAI, now
from app.core.operation import Tx, transact
from app.core.policy import system_within
from app.core.seal import SEAL
from app.events.archive import archive
from app.events.restores import RESTORE, Restore
from app.installation import Installation
from app.settings import Settings
from tests.cli.conftest import Ran, run
from tests.conftest import form
from tests.world import PASSWORD, World
from web.main import create_app

FORGERY = "不在日志链里：日志被截断或重写"


class Kept:
    """An installation, and the file in which its heads are kept elsewhere."""

    def __init__(self, settings: Settings, world: World, folder: Path) -> None:
        self.settings, self.district = settings, world.district
        self.heads, self.target = folder / "heads.jsonl", folder / "target"
        self.heads.touch()

    def keep(self) -> None:
        """Something happens, and the head is kept."""
        self.write(lambda tx: record(tx, "audit", None, operation="audit.export"))
        ran = run("audit", "head")
        assert ran.code == 0
        self.heads.write_text(self.heads.read_text() + ran.out)

    def write(self, do: Callable[[Tx], Any]) -> None:
        with Installation(self.settings) as opened:
            actor = system_within(self.district)
            opened.database.write_now(lambda c: transact(Tx(c, actor, self.settings), do))

    def behind(self, do: Callable[[Connection], Any]) -> Any:
        """What the database tells, or is made to by whoever can write to it."""
        with Installation(self.settings) as opened:
            return opened.database.write_now(do)

    def seals(self) -> list[Any]:
        mine = sa.select(SEAL).where(SEAL.c.district_id == self.district).order_by(SEAL.c.at, SEAL.c.seq)
        found: list[Any] = self.behind(lambda connection: connection.execute(mine).all())
        return found

    def cut(self, seals: list[Any]) -> None:
        """These seals and their events are gone."""

        def do(connection: Connection) -> None:
            for seal in seals:
                ids = [event_id for event_id, _ in seal.events]
                connection.execute(sa.delete(EVENT).where(EVENT.c.id.in_(ids)))
                own = (SEAL.c.district_id == seal.district_id, SEAL.c.lane == seal.lane, SEAL.c.seq == seal.seq)
                connection.execute(sa.delete(SEAL).where(*own))

        self.behind(do)

    def restore(self) -> Ran:
        ran = run("restore", "--replace", str(self.target))
        assert ran.code == 0, ran.err
        return ran

    def note(self) -> dict[str, Any]:
        """What the log says of the restore."""
        told = sa.select(EVENT.c.after).where(EVENT.c.operation == RESTORE, EVENT.c.district_id == self.district)
        found: dict[str, Any] = self.behind(lambda connection: connection.execute(told).scalar_one())
        return found


@pytest.fixture
def kept(settings: Settings, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """With a head from before the backup and one from after it."""
    monkeypatch.setenv("QL_DATA", str(settings.data))
    monkeypatch.setenv("QL_DATABASE_URL", settings.url)
    made = Kept(settings, world, tmp_path)
    made.keep()
    assert run("backup", str(made.target)).code == 0
    made.keep()
    return made


def verified(kept: Kept) -> tuple[int, list[str], list[str]]:
    """How the check ended, the restores it tells of, and what it says of heads: explained or not."""
    ran = run("audit", "verify", "--head", str(kept.heads))
    assert "Traceback" not in ran.err
    lines = [*ran.out.splitlines(), *ran.err.splitlines()]
    return ran.code, [x for x in lines if x.startswith("!")], [x for x in lines if "留存的第" in x]


def test_a_restore_is_told_of_and_explains_the_heads_it_took_and_no_later_forgery(kept: Kept) -> None:
    assert verified(kept) == (0, [], [])
    assert "! " not in run("audit", "verify").out
    kept.restore()
    code, restores, heads = verified(kept)
    assert code == 0 and len(heads) == 1 and "由这次恢复说明" in heads[0] and FORGERY not in heads[0]
    taken_at = datetime.fromisoformat(kept.note()["taken_at"]).astimezone(SHANGHAI)
    assert restores and all(f"恢复到 {taken_at:%Y-%m-%d %H:%M:%S} 的备份" in each for each in restores)
    assert "恢复到" in run("audit", "verify").out, "whatever it was asked"
    kept.keep()
    kept.keep()
    assert verified(kept)[0] == 0 and len(verified(kept)[2]) == 1
    kept.cut(kept.seals()[-2:])
    code, restores, heads = verified(kept)
    assert code == 1 and len(restores) >= 1
    assert [FORGERY in each for each in sorted(heads, key=lambda x: FORGERY in x)] == [False, True, True], (
        "all are named"
    )


def test_a_head_is_not_explained_by_a_restore_that_nobody_signed(kept: Kept) -> None:
    last = kept.seals()[-1]
    kept.cut([last])
    told = {
        "taken_at": (now() - timedelta(days=1)).isoformat(),
        "restored_at": (now() + timedelta(days=1)).isoformat(),
        "ends": [],
    }
    for more in ({}, {"signature": "AAAA"}, {"signature": 7}):
        kept.write(lambda tx, more=more: record(tx, "audit", None, operation=RESTORE, after={**told, **more}))  # type: ignore[misc]
    code, restores, heads = verified(kept)
    assert code == 1 and len(restores) == 3 and all("没有本系统的签名" in each for each in restores)
    assert len(heads) == 1 and FORGERY in heads[0]


def test_a_restore_explains_nothing_once_it_is_sealed_again_over_a_shorter_chain(kept: Kept) -> None:
    """By whoever writes the database, and copies the signed event word for word."""
    kept.restore()
    kept.keep()
    note, seals = kept.note(), kept.seals()
    before = {lane: seq for lane, seq, _ in note["ends"]}
    behind = [seal for seal in seals if seal.seq > before.get(seal.lane, 0)]
    again = lambda tx: record(tx, "audit", None, operation=RESTORE, after=note)  # noqa: E731
    kept.cut(behind)
    kept.write(again)
    code, _, heads = verified(kept)
    assert code == 1 and len(heads) == 2, "the head kept after the restore is not of its doing"
    assert sorted(FORGERY in each for each in heads) == [False, True]
    # Shorter than the backup was: now the restore itself is out of place.
    kept.cut(kept.seals()[-2:])
    kept.write(again)
    code, _, heads = verified(kept)
    assert code == 1 and len(heads) == 3 and all(FORGERY in each for each in heads)


def test_the_restore_stays_in_the_log_and_is_shown_on_the_page(kept: Kept, tmp_path: Path) -> None:
    kept.restore()
    with Installation(kept.settings) as opened:
        [done] = archive(opened, tmp_path / "a.jsonl", [kept.district], now() + timedelta(seconds=1))
    assert done.removed and kept.note()["ends"]
    with TestClient(create_app(kept.settings), base_url="http://testserver") as client:
        session = client.post("/api/v1/sessions", json={"username": "auditor", "password": PASSWORD})
        client.headers["x-csrf-token"] = session.json()["csrf_token"]
        assert client.post("/api/v1/events/verify").json()["restores"] == 1
        client.post("/events/verify", data=form(client))
        assert "日志从备份恢复过 1 次" in client.get("/events").text
        page = client.get(f"/events?operation={RESTORE}").text
        assert "从备份恢复" in page and "系统" in page
        event = client.get(f"/api/v1/events?operation={RESTORE}").json()["data"][0]
        opened_row = client.get(f"/events?operation={RESTORE}&open={event['id']}").text
        assert "备份的时刻" in opened_row and "与前后的封条相符" in opened_row


def test_a_restore_explains_what_was_sealed_behind_the_backup_and_kept_until_the_restore() -> None:
    """A seal that the backup held must be there as it was, whenever its head was kept: or the backup was forged."""
    taken_at, until = now() - timedelta(hours=5), now()
    restore = Restore(until, taken_at, until, ((0, 7, "a" * 64),))
    between, second = taken_at + timedelta(hours=1), timedelta(seconds=1)
    assert restore.explains(between, 0, 8) and restore.explains(between, 3, 1), "also in a lane that had none"
    assert not restore.explains(between, 0, 7)
    assert not restore.explains(taken_at - second, 0, 8) and not restore.explains(until + second, 0, 8)
    assert not Restore(until).explains(between, 0, 8), "unsigned"
