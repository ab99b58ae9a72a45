"""The audit log by command: checked, its head kept, exported, archived; how each ends is what a script goes by."""

import json
import re
import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.cli.test_commands import founded as founded  # the fixtures
from tests.cli.test_commands import founding as founding

pytestmark = pytest.mark.usefixtures("founded")


def test_a_log_kept_head_and_exported_file_hold_until_one_event_is_changed(
    qinglian: Command, folder: Path, tmp_path: Path
) -> None:
    head, file = tmp_path / "head.jsonl", tmp_path / "log.jsonl"
    told = qinglian("audit", "head")
    assert told.code == 0
    head.write_text(told.out, "utf-8")
    assert qinglian("audit", "export", str(file)).code == 0
    assert qinglian("audit", "export", str(file)).code == 1, "a file that is there is not written over"
    for asked in ([], ["--head", str(head)], ["--file", str(file)]):
        ran = qinglian("audit", "verify", *asked)
        assert ran.code == 0 and "条记录与" in ran.out, (asked, ran)
    archived = tmp_path / "old.jsonl"
    assert "没有归档" in qinglian("audit", "archive", str(archived)).out and not archived.exists()

    with sqlite3.connect(folder / "qinglian.sqlite3") as database:
        database.execute("UPDATE event SET operation = 'unit.edit' WHERE id = (SELECT max(id) FROM event)")
    ran = qinglian("audit", "verify")
    assert ran.code == 1 and "✗ 青川区教育局" in ran.err
    assert qinglian("audit", "verify", "--file", str(file)).code == 0, "the file tells how it was"
    changed = tmp_path / "changed.jsonl"
    changed.write_text(
        re.sub(r'"operation":\s*"[^"]+"', '"operation":"unit.edit"', file.read_text("utf-8"), count=1), "utf-8"
    )
    assert qinglian("audit", "verify", "--file", str(changed)).code == 1


def test_a_head_of_another_key_or_of_a_log_that_was_cut_is_refused(
    qinglian: Command, folder: Path, tmp_path: Path
) -> None:
    head = tmp_path / "head.jsonl"
    head.write_text(qinglian("audit", "head").out, "utf-8")
    with sqlite3.connect(folder / "qinglian.sqlite3") as database:
        [(lane, seq, events)] = database.execute(
            "SELECT lane, seq, events FROM event_seal ORDER BY at DESC, seq DESC LIMIT 1"
        )
        database.executemany("DELETE FROM event WHERE id = ?", [(row_id,) for row_id, _ in json.loads(events)])
        database.execute("DELETE FROM event_seal WHERE (lane, seq) = (?, ?)", (lane, seq))
    assert qinglian("audit", "verify").code == 0, "what is left is a sound chain"
    assert qinglian("audit", "verify", "--head", str(head)).code == 1
    (folder / "audit.key").unlink()
    qinglian("audit", "head")
    ran = qinglian("audit", "verify", "--head", str(head))
    assert ran.code == 1 and "audit.key 已被更换" in ran.err
