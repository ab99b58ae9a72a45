"""The page that compares a plan with the edition before, and says which item's open work goes on in which."""

from typing import Any

from fastapi import Response

from app.briefs import queries as briefs
from app.core.errors import Problem
from app.core.http import path_id
from app.plans import queries, tables
from app.plans.comparison import CHANGES, COMPARED, akin_in_words, in_words, regrouped_in_words
from web.page import Page, PageContext, page_router
from web.plans.words import WORDS
from web.tables import add_exports

router = page_router()
add_exports(router, "/plans/{id}/comparison", tables.COMPARISON)


@router.get("/plans/{id}/comparison")
async def comparison(page: Page, id: int) -> Response:
    return await show(page, path_id(id))


async def show(page: PageContext, plan_id: int, problem: Problem | None = None) -> Response:
    plan = await page.read(queries.one, plan_id)
    found = await page.read(queries.compared, plan_id)
    analyses = await page.read(briefs.adopted_by, plan_id)
    only = page.request.query_params.get("change", "")
    return await page.render(
        "plans/comparison.html",
        page_title="与上一版对比",
        problem=problem,
        plan=plan,
        previous=found["previous"],
        counts=found["counts"],
        rows=[row for row in found["data"] if row["change"] == only or not only],
        only=only,
        regroupings=[_choices(row, plan) for row in found["regroupings"]],
        analyses=analyses,
        changes=CHANGES,
        compared=COMPARED,
        said=in_words,
        akin=akin_in_words,
        regrouped=regrouped_in_words,
        **WORDS,
    )


def _choices(row: dict[str, Any], plan: dict[str, Any]) -> dict[str, Any]:
    """A regrouping with what may be chosen instead of a draft: a button's words, its item, and what it sends: what that
    item is to continue, and how things stood when it was chosen."""
    split, whole, going = row["kind"] == "split", row["whole"], row["goes_on_id"]
    chosen: list[tuple[str, int, dict[str, Any]]] = []

    def choose(words: str, item: dict[str, Any], old_id: int | str, held_by: int | str = "") -> None:
        sent = {"compared_plan_id": plan["id"], "continues_id": old_id, "take_over": "true", "held_by_id": held_by}
        chosen.append((words, item["id"], sent | {"version": item["version"]}))

    for part in (part for part in row["parts"] if part["id"] != going):
        if split:
            choose(f"改由第{part['number']}项接续", part, whole["id"], going or "")
        else:
            choose(f"改为接续原第{part['number']}项", whole, part["id"])
    if going is not None:
        item = next(part for part in row["parts"] if part["id"] == going) if split else whole
        choose(f"第{item['number']}项作为新任务", item, "")
    return row | {"choices": chosen if "edit" in plan["allowed_actions"] else []}
