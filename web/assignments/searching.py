"""搜索: rows of several kinds whose words match, each as far as the person may see it."""

from typing import Any, NamedTuple

from fastapi import Response

from app.assignments import queries as assignments
from app.core.db import unbounded
from app.core.operation import Reader
from app.core.paging import Listing
from app.core.params import parse_text
from app.core.policy import BUSINESS, Role, Roles
from app.documents import queries as documents
from app.evidence import queries as evidence
from app.filings import queries as filings
from app.plans import queries as plans
from app.rectifications import queries as rectifications
from app.units import queries as units
from web.assignments.words import WORDS
from web.page import Page, page_router

router = page_router()
SHOWN = 10
"""Of each kind; the rest stands behind a link to its own list."""


class Kind(NamedTuple):
    name: str
    label: str
    listing: Listing
    roles: Roles


KINDS = (
    Kind("assignments", "任务", assignments.LIST, BUSINESS),
    Kind("rectifications", "问题整改", rectifications.LIST, BUSINESS),
    Kind("plans", "工作方案", plans.LIST, BUSINESS),
    Kind("evidence", "印证资料", evidence.LIST, BUSINESS),
    Kind("documents", "公文", documents.LIST, BUSINESS),
    Kind("filings", "备案", filings.LIST, BUSINESS),
    Kind("units", "单位", units.LIST, BUSINESS | {Role.SYSADMIN}),
)


@router.get("/search")
async def search(page: Page) -> Response:
    q = parse_text("q", page.request.query_params.get("q", "")).strip()
    found = await page.read(_found, q) if q else []
    return await page.render("assignments/search.html", page_title="搜索", q=q, found=found, **WORDS)


@unbounded
def _found(see: Reader, q: str) -> list[dict[str, Any]]:
    """The kinds that hold a match, with their newest rows and how many there are."""
    shown = []
    for name, label, listing, roles in KINDS:
        if see.actor.roles.isdisjoint(roles):
            continue
        asked = listing.asked({"q": q, "limit": str(SHOWN)})
        rows, _ = listing.page(see, asked)
        if name == "documents":
            rows = [documents.present(see, row) for row in rows]
        if rows:
            shown.append({"name": name, "label": label, "rows": rows, "count": listing.count(see, asked)})
    return shown
