"""活动台账: what was held where and by how many, as the units reported it; one of them, to be put right by its unit."""

from typing import Any

from fastapi import Response

from app.assignments import activities
from app.assignments import operations as ops
from app.assignments.models import ActivityPatch
from app.core.errors import Problem
from app.core.http import path_id
from app.core.operation import Reader
from app.evidence.queries import linked
from web.assignments.words import LABELS, WORDS
from web.page import Page, PageContext, Typed, add_edit_page, page_router
from web.tables import add_exports, add_sheet

router = page_router()
add_exports(router, "/activities", activities.ACTIVITIES)
add_sheet(router, "/activities", activities.ACTIVITIES, "/activities")
FIELDS = tuple(name for name in ActivityPatch.model_fields if name != "evidence_ids")


@router.get("/activities")
async def list_(page: Page) -> Response:
    found = await page.listed(activities.LIST, activities.present, activities.with_evidence)
    return await page.render(
        "assignments/activities.html",
        block="rows",
        page_title="活动台账",
        found=found,
        params=Typed(found.params),
        **WORDS,
    )


@router.get("/activities/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


def _gather(see: Reader, report_id: int) -> dict[str, Any]:
    row = activities.one(see, report_id)
    may = bool(row["allowed_actions"])
    return {"row": row, "proofs": linked(see, "assignments", row["assignment_id"]) if may else [], "today": see.today}


async def show(page: PageContext, id: int, problem: Problem | None = None, typed: Any = None) -> Response:
    found = await page.read(_gather, path_id(id))
    row = found["row"]
    held = {name: row[name] for name in FIELDS} | {"evidence_ids": [piece["id"] for piece in row["evidence"]]}
    typed = {**held, **(typed or {})}
    return await page.render(
        "assignments/activity.html",
        page_title=f"{row['unit_name']} · {row['item_title']}",
        problem=problem,
        typed=typed,
        chosen={str(each) for each in typed["evidence_ids"]},
        labels=LABELS,
        **found,
        **WORDS,
    )


def _ticked(typed: Typed) -> dict[str, Any]:
    """Browsers send nothing of a list in which nothing is ticked."""
    return {"evidence_ids": [], **typed}


add_edit_page(router, "/activities/{id}", ops.correct, ActivityPatch, show, given=_ticked)
