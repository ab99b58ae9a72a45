"""Units from a table, through the API: what a clerk's file does, and what is said of what it cannot do."""

import csv
import io
from typing import Any

from tests.conftest import As
from tests.walk.steps import API, ok
from tests.world import World

IMPORTS = f"{API}/imports"
HEADS = ["单位编码", "单位名称", "类别", "上级单位", "学段"]
TWO = [["N1", "青山镇中心校", "中心校", "", "小学、初中"], ["N2", "青山小学", "学校", "青山镇中心校", "小学"]]


def table(*rows: list[str], heads: list[str] = HEADS) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([heads, *rows])
    return out.getvalue().encode()


def send(client: Any, content: bytes, name: str = "单位名录.csv", **fields: str) -> Any:
    data = {"resource": "units"} | fields
    return client.post(IMPORTS, data=data, files={"file": (name, content)})


def rows_of(client: Any, run: dict[str, Any], **params: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ok(client.get(f"{IMPORTS}/{run['id']}/rows", params=params))["data"]
    return found


def counts(run: dict[str, Any]) -> tuple[int, int, int, int]:
    return tuple(run[f"{kind}_count"] for kind in ("new", "changed", "unchanged", "wrong"))  # type: ignore[return-value]


def test_a_table_is_previewed_written_and_then_changes_nothing(as_: As, world: World) -> None:
    client = as_("sysadmin")
    run = ok(send(client, table(*TWO)), 201)
    assert counts(run) == (2, 0, 0, 0) and run["state"] == "checked"
    assert ok(client.get(f"{API}/units?q=青山"))["data"] == []
    done = ok(client.post(f"{IMPORTS}/{run['id']}/commit"))
    assert done["state"] == "committed" and done["written_count"] == 2
    units = {u["name"]: u for u in ok(client.get(f"{API}/units?q=青山"))["data"]}
    assert units["青山小学"]["parent_id"] == units["青山镇中心校"]["id"]
    assert units["青山镇中心校"]["stages"] == ["primary", "junior"]
    assert counts(ok(send(client, table(*TWO)), 201)) == (0, 0, 2, 0)
