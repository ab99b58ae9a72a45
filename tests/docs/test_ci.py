"""What guards main passes only where everything was run; what may be asked once more is told from what may not."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "run"
SLOW, OTHER = "tests/browser/test_walk.py::test_a_day", "tests/core/test_races.py::test_of_twenty"
TOOLS = {
    # The first run of the suite ends as the test says, the second one well; so does all else.
    "uv": 'case "$*" in "run pytest") [ -z "$LEFT" ] || echo "$LEFT" > "$KEPT"; exit $EXIT_CODE;; *) exit 0;; esac',
    "pip": "exit 0",
    "apt-get": "exit 0",
    "npm": "exit 1",
}
ENDS = {
    "all passed": (0, None, 0),
    "one that waits failed": (1, [SLOW], 0),
    "another one failed": (1, [OTHER], 1),
    "both failed": (1, [SLOW, OTHER], 1),
    "a write was lost": (1, ["tests/durability/test_kills.py::test_a_server_is_killed"], 1),
    "none is named": (1, [], 1),
    "nothing is told": (1, None, 1),
    "a file could not be collected": (1, ["tests/browser/test_walk.py"], 1),
    "it was interrupted": (2, [SLOW], 2),
    "it broke": (3, [SLOW], 3),
    "there was no test": (5, None, 5),
    "it was killed": (137, [SLOW], 137),
}


@pytest.mark.parametrize(("exit_code", "failed", "ends"), ENDS.values(), ids=ENDS.keys())
def test_ci_passes_only_where_everything_was_run(
    tmp_path: Path, exit_code: int, failed: list[str] | None, ends: int
) -> None:
    tools, kept = tmp_path / "bin", tmp_path / ".pytest_cache" / "v" / "cache" / "lastfailed"
    for folder in (tools, kept.parent, tmp_path / ".ci"):
        folder.mkdir(parents=True)
    shutil.copy(SCRIPT, tmp_path / ".ci" / "run")
    for name, does in TOOLS.items():
        (tools / name).write_text(f"#!/bin/sh\n{does}\n")
        (tools / name).chmod(0o755)
    kept.write_text(json.dumps({SLOW: True}))  # of an earlier run
    left = "" if failed is None else json.dumps(dict.fromkeys(failed, True))
    told = {"PATH": f"{tools}:{os.environ['PATH']}", "EXIT_CODE": str(exit_code), "LEFT": left, "KEPT": str(kept)}
    done = subprocess.run([tmp_path / ".ci" / "run"], env=os.environ | told, capture_output=True, timeout=60)
    assert done.returncode == ends, done.stderr


COLLECT = [sys.executable, "-m", "pytest", "--collect-only", "-n", "0"]


def undrawn() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "QL_DRAW"}


def test_all_that_failed_is_asked_once_more_whatever_is_drawn(tmp_path: Path) -> None:
    found = subprocess.run([*COLLECT, "tests/running"], env=undrawn(), capture_output=True, text=True)
    failed = [line for line in found.stdout.splitlines() if "::" in line]
    assert len(failed) > 3, found.stdout + found.stderr
    kept = tmp_path / "v" / "cache" / "lastfailed"
    kept.parent.mkdir(parents=True)
    kept.write_text(json.dumps(dict.fromkeys(failed, True)))
    again = [*COLLECT, "--last-failed", "-o", f"cache_dir={tmp_path}"]
    asked = subprocess.run(again, env=undrawn() | {"QL_DRAW": "a commit"}, capture_output=True, text=True)
    assert [line for line in asked.stdout.splitlines() if "::" in line] == failed
