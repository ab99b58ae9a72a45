"""``examples/mirror.py`` as another system runs it, against a server over a socket."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import As
from tests.running.serving import serving
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, ok
from tests.world import World

MIRROR = Path(__file__).parents[2] / "examples" / "mirror.py"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(settings: Any, as_: As, tmp_path: Path) -> Iterator[Run]:
    scopes = {"name": "抄送", "scopes": ["units:read", "assignments:read"]}
    tokens = {
        who: ok(as_(who).post(f"{API}/api-tokens", json=scopes), 201)["token"] for who in ("supervisor", "office")
    }
    with serving(settings, tmp_path, "server") as server:
        server.wait_ready()

        def once(*options: str, who: str = "supervisor", **env: str) -> "subprocess.CompletedProcess[str]":
            told = os.environ | {"QINGLIAN_URL": server.url, "QINGLIAN_TOKEN": tokens[who]} | env
            command = [sys.executable, str(MIRROR), str(tmp_path / f"{who}.sqlite3"), *options]
            return subprocess.run(command, env=told, capture_output=True, text=True, timeout=120, check=False)

        yield once


def held(folder: Path, name: str, who: str = "supervisor") -> dict[int, Any]:
    with closing(sqlite3.connect(folder / f"{who}.sqlite3")) as store:
        return {row_id: json.loads(row) for row_id, row in store.execute(f"SELECT id, row FROM {name}")}


def truth(client: Any, name: str) -> dict[int, Any]:
    return {row["id"]: row for row in ok(client.get(f"{API}/{name}?limit=200"))["data"]}


def test_a_first_run_brings_all_a_second_what_has_changed_and_another_view_what_it_shows(
    run: Run, as_: As, stock: Stock, world: World, tmp_path: Path
) -> None:
    plan = stock.plan()
    rows = [stock.assignment(plan, stock.item(plan), name) for name in ("实验小学", "第一中学", "人事股")]
    client = as_("supervisor")
    refused = run(QINGLIAN_TOKEN="ql_wrong")
    assert refused.returncode == 1 and "401" in refused.stderr and "bad_token" in refused.stderr
    assert held(tmp_path, "units") == {}
    first = run()
    count = len(truth(client, "units"))
    assert first.stdout.splitlines() == [
        f"units: {count} new, 0 changed, 0 gone",
        "assignments: 3 new, 0 changed, 0 gone",
    ]
    assert held(tmp_path, "units") == truth(client, "units") and held(tmp_path, "assignments").keys() == set(rows)

    path = f"{API}/units/{world.unit['实验小学']}"
    ok(as_("sysadmin").patch(path, json={"name": "新名小学"}, headers={"if-match": '"1"'}))
    rows.append(stock.assignment(plan, stock.item(plan), "教育股"))
    ok(as_("school").post(f"{API}/assignments/{rows[0]}/acknowledge"))
    second = run()
    assert second.stdout.splitlines() == ["units: 0 new, 1 changed, 0 gone", "assignments: 1 new, 1 changed, 0 gone"]
    third = run()
    assert third.stdout.splitlines() == ["units: 0 new, 0 changed, 0 gone", "assignments: 0 new, 0 changed, 0 gone"]
    assert held(tmp_path, "units") == truth(client, "units")
    assert held(tmp_path, "assignments") == truth(client, "assignments")

    # What an office no longer answers for is no longer shown to it: its view is another.
    assert run(who="office").returncode == 0 and len(held(tmp_path, "assignments", "office")) == 1
    grants = ok(as_("secadmin").get(f"{API}/role-grants?user_id={world.user['office']}"))["data"]
    given = {"role": "office", "unit_id": world.unit["教育股"]}
    ok(as_("secadmin").post(f"{API}/users/{world.user['office']}/role-grants", json=given), 201)
    ok(as_("secadmin").post(f"{API}/role-grants/{grants[0]['id']}/end", json={"note": "调离。"}))
    moved = run(who="office")
    assert held(tmp_path, "assignments", "office").keys() == truth(as_("office"), "assignments").keys(), moved
