"""Lists: what may be asked, pages that hold every row once, and text taken as text."""

import base64
import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.conftest import As
from tests.world import World

UNITS = "/api/v1/units"


def codes(answer: Any) -> list[str]:
    return [row["code"] for row in answer.json()["data"]]


def forged(*packed: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(packed).encode()).decode().rstrip("=")


def test_cursor_of_another_list_or_order_is_refused(as_: As) -> None:
    sysadmin = as_("sysadmin")
    by_name = sysadmin.get(f"{UNITS}?sort=name&limit=2").json()["next"]
    assert sysadmin.get(UNITS, params={"sort": "name", "cursor": by_name}).status_code == 200
    assert sysadmin.get(UNITS, params={"sort": "code", "cursor": by_name}).status_code == 422
    of_users = sysadmin.get("/api/v1/users?limit=2").json()["next"]
    assert sysadmin.get(UNITS, params={"cursor": of_users}).status_code == 422
    for key in (None, 5, True, [], {}, "\0", "\ud800", 1e308):
        made = forged("unit.name", key, 3)
        assert sysadmin.get(UNITS, params={"sort": "name", "cursor": made}).status_code == 422, key
    for row_id in (0, -1, True, 2**63, "3", None, 1.5):
        made = forged("unit.name", "x", row_id)
        assert sysadmin.get(UNITS, params={"sort": "name", "cursor": made}).status_code == 422, row_id


@pytest.mark.parametrize("sort", ["id", "name", "code"])
def test_pages_hold_every_row_exactly_once(as_: As, world: World, sort: str) -> None:
    """Also where names are equal, long, or beyond the basic plane."""
    sysadmin = as_("sysadmin")
    for n, name in enumerate(("同名学校", "同名学校", "同名学校", "𠮷" * 100, "A 校", "a 校", "_校", "%校")):
        made = sysadmin.post(UNITS, json={"code": f"S{n}", "name": name, "kind": "school"})
        assert made.status_code == 201
    whole = sysadmin.get(f"{UNITS}?limit=200&count=true&sort={sort}").json()
    assert whole["next"] is None
    assert whole["total"] == len(whole["data"])
    for limit in (1, 3, 7):
        seen: list[int] = []
        cursor: str | None = None
        while True:
            params = {"limit": limit, "sort": sort, **({"cursor": cursor} if cursor else {})}
            body = sysadmin.get(UNITS, params=params).json()
            seen += [row["id"] for row in body["data"]]
            cursor = body["next"]
            if cursor is None:
                break
            assert len(body["data"]) == limit
        assert seen == [row["id"] for row in whole["data"]]


def test_row_added_behind_the_cursor_repeats_none(as_: As) -> None:
    sysadmin = as_("sysadmin")
    first = sysadmin.get(f"{UNITS}?sort=code&limit=5").json()
    assert sysadmin.post(UNITS, json={"code": "A0", "name": "先来", "kind": "school"}).status_code == 201
    second = sysadmin.get(UNITS, params={"sort": "code", "limit": 5, "cursor": first["next"]}).json()
    assert not {row["id"] for row in first["data"]} & {row["id"] for row in second["data"]}


def test_search_takes_wildcards_literally(as_: As) -> None:
    sysadmin = as_("sysadmin")
    for code, name in (("P1", "满分100%小学"), ("P2", "下划_线小学"), ("P3", "反斜\\杠小学"), ("P4", "普通小学校")):
        assert sysadmin.post(UNITS, json={"code": code, "name": name, "kind": "school"}).status_code == 201
    for q, found in (("%", ["P1"]), ("_", ["P2"]), ("\\", ["P3"]), ("0%小", ["P1"]), ("划_线", ["P2"]), ("'", [])):
        assert codes(sysadmin.get(UNITS, params={"q": q})) == found, q


def test_search_and_count_agree(as_: As) -> None:
    found = as_("sysadmin").get(UNITS, params={"q": "小学", "count": "true", "limit": 1}).json()
    every = as_("sysadmin").get(UNITS, params={"q": "小学"}).json()
    assert found["total"] == len(every["data"]) > 1
    assert "total" not in every


def test_updated_since_gives_what_changed(as_: As, world: World) -> None:
    sysadmin = as_("sysadmin")
    path = f"{UNITS}/{world.unit['实验小学']}"
    at = sysadmin.get(path).json()["updated_at"]
    edited = sysadmin.patch(path, json={"name": "第一实验小学"}, headers={"if-match": '"1"'}).json()
    assert edited["updated_at"] > at
    changed = sysadmin.get(UNITS, params={"updated_since": edited["updated_at"]}).json()["data"]
    assert [row["name"] for row in changed] == ["第一实验小学"]
    assert sysadmin.get(UNITS, params={"updated_since": "2199-01-01T00:00:00+08:00"}).json()["data"] == []


def test_stranger_learns_nothing_of_a_list(client: TestClient) -> None:
    assert client.get(f"{UNITS}?limit=0").status_code == 401
