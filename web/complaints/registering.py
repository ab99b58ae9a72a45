"""Pages of those to whom complaints come by letter, visit or telephone: registering one, and its receipt to print."""

import secrets
from typing import Any

from fastapi import Response

from app.complaints import registering
from app.complaints.forms import ComplaintRegister, notice_of
from app.complaints.intake import OFFERED
from app.complaints.models import ARRIVAL_LABELS
from app.complaints.rules import HANDLERS
from app.core.calendar import now, today_of
from app.core.errors import Mendable, Problem, Unavailable
from app.core.operation import Reader, performs
from app.core.policy import require
from app.units import queries as units
from web.complaints.words import LABELS, WORDS
from web.page import Page, PageContext, page_router, parse

router = page_router()


@router.get("/complaints/new")
async def new(page: Page) -> Response:
    require(page.actor, *HANDLERS)
    return await _new(page, {"received_on": today_of(now()).isoformat()})


def _offered(see: Reader) -> list[tuple[int, str]]:
    own = see.actor.units | see.actor.concerned
    return [(each, name) for each, name, _ in units.choices(see, *OFFERED) if each not in own]


async def _new(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
    return await page.render(
        "complaints/new.html",
        page_title="登记信访举报",
        problem=problem,
        typed=typed,
        nonce=typed.get("nonce") or secrets.token_urlsafe(24),
        units=await page.read(_offered),
        arrivals=[(each.value, label) for each, label in ARRIVAL_LABELS.items()],
        today=today_of(now()).isoformat(),
        notice=notice_of(page.settings),
        workdays=page.settings.complaint_accept_workdays,
        labels=LABELS,
        **WORDS,
    )


@router.post("/complaints")
@performs(registering.register)
async def register(page: Page) -> Response:
    """The receipt stands on the answer itself, this once."""
    typed = await page.form(once=False)
    nonce = str(typed.pop("nonce", ""))[:200]
    try:
        made = await page.run(registering.register, parse(ComplaintRegister, typed), nonce)
    except (Mendable, Unavailable) as problem:
        return await _new(page, {**typed, "nonce": nonce}, problem)
    site = page.settings.site_url or str(page.request.base_url).rstrip("/")
    asked_at = f"{site}/report/status"
    return await page.render("complaints/registered.html", page_title="已登记", made=made, asked_at=asked_at)
