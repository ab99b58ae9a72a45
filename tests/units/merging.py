"""Units merged and closed through the API, by the supervisor, 实验小学 into 第一中学 unless said."""

from typing import Any

import httpx

from tests.conftest import As
from tests.world import World

API = "/api/v1"
OLD, NEW = "实验小学", "第一中学"


def ok(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def merge(
    as_: As, world: World, old: str = OLD, new: str = NEW, by: str = "supervisor", **given: Any
) -> httpx.Response:
    body = {"successor_id": world.unit[new], "reason": "青教〔2026〕3号批复"} | given
    return as_(by).post(f"{API}/units/{world.unit[old]}/merge", json=body)


def close(as_: As, world: World, unit: str = OLD, by: str = "supervisor", **given: Any) -> httpx.Response:
    return as_(by).post(f"{API}/units/{world.unit[unit]}/close", json={"reason": "停办"} | given)


def rename(as_: As, world: World, name: str, unit: str = OLD, by: str = "sysadmin", **given: Any) -> httpx.Response:
    return as_(by).post(f"{API}/units/{world.unit[unit]}/rename", json={"name": name, "reason": "更名批复"} | given)


def preview(as_: As, world: World, old: str = OLD, new: str = NEW) -> Any:
    asked = {"successor_id": world.unit[new]}
    return ok(as_("supervisor").get(f"{API}/units/{world.unit[old]}/merge-preview", params=asked))


def figures(shown: Any) -> dict[str, dict[str, int]]:
    verbs = ("moves", "merges", "ends", "cancels", "stays")
    return {e["name"]: {verb: e[verb] for verb in verbs if e[verb]} for e in shown["entries"]}
