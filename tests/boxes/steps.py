"""A plan that asks for proof, its proof, and boxes, through the JSON API."""

from typing import Any, NamedTuple

from tests.conftest import As
from tests.stock import Stock
from tests.walk.steps import API, PDF, evidence, ok

BOXES = f"{API}/archive-boxes"
SCHOOL = "实验小学"
FAR = 60


class Work(NamedTuple):
    """Two items of a plan: of the first 制度 and 会议 are wanted, of the second nothing."""

    plan: int
    items: tuple[int, int]
    rows: tuple[int, int]
    """实验小学's assignments."""


def work(stock: Stock, state: str = "in_progress") -> Work:
    plan = stock.plan(year=2026)
    first = stock.item(plan, "健全议事决策制度", required_evidence=["policy", "meeting"])
    second = stock.item(plan, "开展教育收费自查")
    made = [stock.assignment(plan, item, SCHOOL, state, FAR) for item in (first, second)]
    return Work(plan, (first, second), (made[0], made[1]))


def piece(as_: As, title: str, row: int | None = None, account: str = "school", **fields: Any) -> int:
    """A piece of evidence with bytes of its own, linked to an assignment."""
    link = {} if row is None else {"target": "assignments", "target_id": str(row)}
    content = fields.pop("content", PDF + title.encode())
    made: int = evidence(as_(account), title, content, **{"kind": "policy", **link, **fields})["id"]
    return made


def box(as_: As, plan: int, account: str = "school", **fields: Any) -> dict[str, Any]:
    given = {"plan_id": plan, "name": "议事决策", **fields}
    return ok(as_(account).post(BOXES, json=given), 201)  # type: ignore[no-any-return]


def act(as_: As, box_id: int, action: str, account: str = "school", **body: Any) -> Any:
    return as_(account).post(f"{BOXES}/{box_id}/{action}", json=body)


def read(as_: As, box_id: int, account: str = "school") -> dict[str, Any]:
    return ok(as_(account).get(f"{BOXES}/{box_id}"))  # type: ignore[no-any-return]


def titles(found: dict[str, Any]) -> list[str]:
    return [entry["title"] for entry in found["entries"]]


def sealed(as_: As, stock: Stock, *names: str, **fields: Any) -> dict[str, Any]:
    """A sealed box with a piece of each of these titles."""
    plan = stock.plan(year=2026)
    row = stock.assignment(plan, stock.item(plan, "健全议事决策制度"), SCHOOL, "in_progress", FAR)
    for name in names or ("议事规则",):
        piece(as_, name, row)
    made = box(as_, plan, **fields)
    ok(act(as_, made["id"], "fill"))
    return ok(act(as_, made["id"], "seal"))  # type: ignore[no-any-return]
