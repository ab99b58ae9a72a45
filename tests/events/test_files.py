"""The log taken elsewhere: signed heads, exports that can be checked by themselves, the archive."""

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.audit import EVENT, record
from app.core.calendar import now
from app.core.errors import Conflict, Invalid
from app.core.operation import Tx, transact
from app.core.policy import system_within
from app.core.seal import SEAL, text_of
from app.events.archive import archive, export, months_before
from app.events.chain import Checked
from app.events.chain import check as walk
from app.events.files import check_file
from app.events.heads import head_of, key_of, line_of, lost_heads, public_of, read
from app.installation import Installation
from app.settings import Settings
from tests.conftest import As
from tests.evidence.test_upload import upload
from tests.generated import scenario
from tests.world import World

Forge = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]


@pytest.fixture
def installation(settings: Settings) -> Iterator[Installation]:
    with Installation(settings) as opened:
        yield opened


def check(installation: Installation, world: World) -> Checked:
    return installation.database.read_now(walk, world.district, public_of(installation.settings))


def without(kind: str, which: int) -> Forge:
    def forge(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        at = [n for n, line in enumerate(lines) if kind in line][which]
        return lines[:at] + lines[at + 1 :]

    return forge


def changed(kind: str, field: str, value: Any, which: int = 5) -> Forge:
    def forge(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        [line for line in lines if kind in line][which][kind][field] = value
        return lines

    return forge


def beginning_cut(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As an archive that goes on from an earlier one: without the first seal and its events."""
    part, first = lines[0]["part"], lines[1]["seal"]
    part["after"][str(first["lane"])] = [first["seq"], first["hash"]]
    following = next(n for n, line in enumerate(lines) if n > 1 and "event" not in line)
    return [lines[0], *lines[following:]]


def said_to_be_archived(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the first event, as if an archive had taken it."""
    seal = lines[1]["seal"]
    seal["archived"] = True
    lines[0]["part"]["archived"] = {str(seal["lane"]): seal["seq"]}
    return lines[:2] + lines[3:]


def beginning_cut_and_told(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """And the head made to agree with it, but for its signature."""
    cut = beginning_cut(lines)
    cut[-1]["head"]["part"] = hashlib.sha256(text_of(cut[0]["part"]).encode()).hexdigest()
    return cut


def lane_of_the_head(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lines[-1]["head"]["seals"][0][0] += 1
    return lines


FORGED: dict[str, tuple[Forge, str]] = {
    "an event changed": (changed("event", "operation", "unit.forged"), "changed"),
    "an event removed": (without("event", 7), "missing"),
    "a seal removed": (without("seal", 3), "extra"),
    "a seal changed": (changed("seal", "hash", "0" * 64), "seal"),
    "the tail cut": (lambda lines: lines[:-4] + lines[-1:], "head missing"),
    "the head forged": (changed("head", "at", "2026-01-01T00:00:00+00:00", 0), "422"),
    "the lane changed": (changed("seal", "lane", 16, 0), "seal"),
    "the beginning cut": (beginning_cut, "head"),
    "the beginning cut, and the head told": (beginning_cut_and_told, "422"),
    "another lane in the head": (lane_of_the_head, "422"),
    "an event said to be archived": (said_to_be_archived, "head"),
    "the end missing": (lambda lines: lines[:-1], "422"),
}


def test_an_export_is_checked_by_itself(installation: Installation, world: World, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    [written] = export(installation, path, [world.district])
    assert written.ok and written.events > 50 and path.stat().st_mode & 0o077 == 0
    with pytest.raises(Conflict):
        export(installation, path, [world.district])
    public = key_of(installation.settings).public_key().public_bytes_raw()
    text = path.read_text()
    for name, (forge, expected) in FORGED.items():
        path.write_text("".join(json.dumps(line) + "\n" for line in forge([*map(json.loads, text.splitlines())])))
        try:
            [found] = check_file(path, public)
        except Invalid:
            assert expected == "422", name
            continue
        kind = found.fault.kind if found.fault else ""
        assert kind in expected.split(), f"{name}: {kind}"
    path.write_text(text)
    with pytest.raises(Invalid):
        list(check_file(path, os.urandom(32)))


def test_head_kept_elsewhere_is_in_the_chain_until_it_is_rewritten(
    installation: Installation, world: World, settings: Settings, tmp_path: Path
) -> None:
    key, path = key_of(settings), tmp_path / "head.json"
    head = installation.database.read_now(head_of, world.district)
    path.write_text(line_of(head, key))
    assert read(path, settings) == [head] and (settings.data / "audit.key").stat().st_mode & 0o777 == 0o600
    assert installation.database.read_now(lost_heads, world.district, [head]) == []
    for wrong in (
        path.read_text().replace(head.seals[0][2], "0" * 64),
        path.read_text().replace('"seals"', '"x"'),
        "{",
    ):
        path.write_text(wrong)
        with pytest.raises(Invalid):
            read(path, settings)


def test_archive_takes_what_is_written_and_the_chain_still_holds(
    installation: Installation, as_: As, world: World, tmp_path: Path
) -> None:
    """Events that rows refer to stay; what came later stays; a second archive goes on where the first ended."""
    scenario.build(as_, world)
    old = now()
    upload(as_("school"))
    held = check(installation, world)
    [done] = archive(installation, tmp_path / "a.jsonl", [world.district], old)
    assert done.written > done.removed > 100, "the dispatch is referred to and stays"
    after = check(installation, world)
    assert after.fault is None and after.archived == done.removed and not after.unproven
    assert after.events + after.archived == held.events + 1, "the archive is an event itself"
    [kept] = check_file(tmp_path / "a.jsonl")
    assert kept.ok and kept.events == done.written
    newest = as_("auditor").get("/api/v1/events").json()["data"][0]
    assert newest["operation"] == "audit.archive" and newest["after"]["events"] == done.removed
    written = sa.select(EVENT.c.after).where(EVENT.c.id == newest["id"])
    told = installation.database.read_now(lambda connection: connection.execute(written).scalar_one())
    assert told["sha256"] == hashlib.sha256((tmp_path / "a.jsonl").read_bytes()).hexdigest()
    assert archive(installation, tmp_path / "b.jsonl", [world.district], old) == []
    # The newest events go too: the archive's own must not get the number of one of them.
    [second] = archive(installation, tmp_path / "c.jsonl", [world.district], now() + timedelta(seconds=1))
    assert second.removed and [each.ok for each in check_file(tmp_path / "c.jsonl")] == [True]
    last = check(installation, world)
    assert last.fault is None and last.archived == done.removed + second.removed and not last.unproven
    assert installation.database.read_now(lambda c: c.execute(sa.select(SEAL.c.seq)).first()) is not None


def taken_away(installation: Installation, world: World, signature: str | None = None) -> int:
    """By whoever writes the database: all events go, and one that is properly sealed says they were archived."""
    actor = system_within(world.district)

    def job(connection: sa.Connection) -> int:
        def act(tx: Tx) -> int:
            ends = sa.select(SEAL.c.lane, sa.func.max(SEAL.c.seq)).where(SEAL.c.district_id == world.district)
            through = {str(lane): seq for lane, seq in connection.execute(ends.group_by(SEAL.c.lane)).all()}
            referred = {key.parent for table in EVENT.metadata.sorted_tables for key in table.foreign_keys}
            held = [column for column in referred if any(k.column is EVENT.c.id for k in column.foreign_keys)]
            kept = sa.union(sa.select(sa.literal(0)), *(sa.select(c).where(c.is_not(None)) for c in held))
            old = sa.select(sa.func.max(EVENT.c.id)).scalar_subquery()
            mine = sa.and_(
                EVENT.c.district_id == world.district, EVENT.c.id <= connection.execute(sa.select(old)).scalar()
            )
            after = {"through": through, "events": 9, "sha256": "0" * 64}
            record(
                tx,
                "audit",
                None,
                operation="audit.archive",
                after=after | ({"signature": signature} if signature else {}),
            )
            return connection.execute(sa.delete(EVENT).where(mine, EVENT.c.id.not_in(kept))).rowcount

        return transact(Tx(connection, actor, installation.settings), act)

    return installation.database.write_now(job)


@pytest.mark.parametrize("signature", [None, "", "x", "AAAA", 7, "A" * 88])
def test_the_log_is_not_believed_that_it_was_archived(
    installation: Installation, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signature: Any
) -> None:
    key_of(installation.settings)
    removed = taken_away(installation, world, signature)
    assert removed > 20
    fault = check(installation, world).fault
    assert fault is not None and fault.kind == "missing"
    with pytest.raises(Conflict, match="日志链有问题"):
        archive(installation, tmp_path / "a.jsonl", [world.district], now())
    # Of what is older than anybody may keep it, as an archive of before there were signatures: believed, and told.
    monkeypatch.setattr("app.events.chain.LEAST_KEPT", timedelta(days=-1))
    found = check(installation, world)
    assert found.ok and found.archived == found.unproven == removed
    [done] = archive(installation, tmp_path / "b.jsonl", [world.district], now() + timedelta(seconds=1))
    after = check(installation, world)
    assert after.ok and (after.archived, after.unproven) == (removed + done.removed, removed), (
        "a later one proves its own"
    )


def at_once(installation: Installation, world: World) -> None:
    """An event by each of several connections at the same time: in several lanes."""
    all_begun, actor = threading.Barrier(4), system_within(world.district)

    def job(connection: sa.Connection) -> None:
        all_begun.wait(10)
        noted = lambda tx: record(tx, "audit", None, operation="audit.export")  # noqa: E731
        transact(Tx(connection, actor, installation.settings), noted)

    for each in [installation.database._submit(job) for _ in range(4)]:
        each.result(20)


def test_a_signature_makes_the_logs_own_word_no_better(
    installation: Installation, world: World, tmp_path: Path
) -> None:
    """Of all lanes but one the log says that they were archived; then that one really is."""
    if installation.database.is_sqlite:
        pytest.skip("a log of one lane has no others")
    at_once(installation, world)
    middle = now()
    at_once(installation, world)
    mine = sa.select(SEAL).where(SEAL.c.district_id == world.district).order_by(SEAL.c.at)
    seals = installation.database.read_now(lambda connection: connection.execute(mine).all())
    through = {seal.lane: seal.seq for seal in seals if seal.lane != seals[0].lane}
    told = {"through": through, "events": 9, "sha256": "0" * 64}
    forged = lambda tx: record(tx, "audit", None, operation="audit.archive", after=told)  # noqa: E731
    tx = partial(Tx, actor=system_within(world.district), settings=installation.settings)
    installation.database.write_now(lambda connection: transact(tx(connection), forged))
    assert check(installation, world).ok, "nothing is gone as yet"
    [done] = archive(installation, tmp_path / "a.jsonl", [world.district], middle)
    found = check(installation, world)
    assert found.ok and (found.archived, found.unproven) == (done.removed, 0), "all of it stands in the file"
    young = [event for seal in seals if seal.at > middle and seal.lane in through for event, _ in seal.events]
    gone = sa.delete(EVENT).where(EVENT.c.id.in_(young))
    assert installation.database.write_now(lambda connection: connection.execute(gone).rowcount) > 0
    fault = check(installation, world).fault
    assert fault is not None and (fault.kind, fault.event_id in young) == ("missing", True)


def test_nothing_is_removed_without_its_file(
    installation: Installation, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = sa.select(sa.func.count()).select_from(EVENT)
    before = installation.database.read_now(lambda connection: connection.execute(count).scalar_one())
    with monkeypatch.context() as patch:
        patch.setattr("app.events.archive.os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "full", "a.jsonl")))
        with pytest.raises(OSError, match="full"):
            archive(installation, tmp_path / "a.jsonl", [world.district], now())
    # Written, but not what the seals say: found when it is read again.
    monkeypatch.setattr("app.events.files._events", lambda *_: None)
    with pytest.raises(Conflict, match="校验不符"):
        archive(installation, tmp_path / "a.jsonl", [world.district], now())
    after = installation.database.read_now(lambda connection: connection.execute(count).scalar_one())
    assert after == before and not (tmp_path / "a.jsonl").exists()


def test_months_are_whole_ones() -> None:
    assert f"{months_before(now(), 6):%d %H:%M}" == "01 00:00"
    with pytest.raises(ValueError, match="audit_months"):
        Settings(audit_months=5)
