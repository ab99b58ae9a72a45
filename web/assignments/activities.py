"""活动台账: what was held where and by how many, as the units reported it."""

from fastapi import Response

from app.assignments import activities
from web.assignments.words import WORDS
from web.page import Page, Typed, page_router
from web.tables import add_exports

router = page_router()
add_exports(router, "/activities", activities.ACTIVITIES)


@router.get("/activities")
async def list_(page: Page) -> Response:
    found = await page.listed(activities.LIST, activities.present)
    return await page.render(
        "assignments/activities.html",
        block="rows",
        page_title="活动台账",
        found=found,
        params=Typed(found.params),
        **WORDS,
    )
