"""Pages of how the pairs stand in a term: what each owes and has made, who is without a pair, how many are owed."""

from typing import Any

from fastapi import Response

from app.assignments.words import dated
from app.core.errors import Mendable, Problem
from app.core.operation import Reader, performs
from app.core.policy import Role
from app.liaison_visits import coverage, queries, tables
from app.liaison_visits import operations as ops
from app.liaison_visits.models import USUAL, QuotaPut
from app.liaison_visits.rules import COUNTED
from web.liaison_visits.words import LABELS, WORDS
from web.page import Page, PageContext, Typed, page_router, parse
from web.tables import add_exports, add_sheet

router = page_router()
HOME = "/liaison-visits"
QUOTAS = "/liaison-quotas"
add_exports(router, f"{HOME}/coverage", tables.COVERAGE)
add_sheet(router, f"{HOME}/coverage", tables.COVERAGE, f"{HOME}/coverage")
add_exports(router, f"{HOME}/unpaired", tables.UNPAIRED)
add_exports(router, QUOTAS, tables.QUOTAS)


@router.get(HOME + "/coverage")
async def covered(page: Page) -> Response:
    found = await page.listed(coverage.COVERAGE, coverage.present_pair, coverage.with_responsible)
    term = {name: value for name, value in found.params.items() if name == "term"}
    sums = await page.read(coverage.summary, term)
    terms = await page.read(coverage.term_choices)
    return await page.render(
        "liaison_visits/coverage.html",
        page_title="走访覆盖",
        found=found,
        params=Typed(found.params),
        sums=sums,
        terms=[(name, dated(name)) for name in dict.fromkeys([*terms, sums["term"]])],
        counted=",".join(COUNTED),
        offices=page.actor.offices,
        may_set=page.actor.has(Role.SUPERVISOR),
        **WORDS,
    )


@router.get(HOME + "/unpaired")
async def unpaired(page: Page) -> Response:
    found = await page.listed(coverage.UNPAIRED, coverage.present_unpaired)
    return await page.render(
        "liaison_visits/unpaired.html",
        page_title="未包联学校",
        found=found,
        params=Typed(found.params),
        may_pair=page.actor.has(Role.SUPERVISOR),
        **WORDS,
    )


@router.get(QUOTAS)
async def list_quotas(page: Page) -> Response:
    return await show_quotas(page)


def _pairs(see: Reader) -> list[tuple[int, str]]:
    rows, _ = coverage.COVERAGE.page(see, coverage.COVERAGE.asked({"limit": "200"}))
    return [(row.id, f"{row.school_name} · {row.office_name}") for row in rows]


async def show_quotas(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    found = await page.listed(queries.QUOTA_LIST, queries.present_quota)
    may_set = page.actor.has(Role.SUPERVISOR)
    return await page.render(
        "liaison_visits/quotas.html",
        page_title="走访次数",
        problem=problem,
        typed=typed or {},
        labels=LABELS,
        found=found,
        usual=USUAL,
        may_set=may_set,
        pairs=await page.read(_pairs) if may_set else [],
        **WORDS,
    )


@router.post(QUOTAS)
@performs(ops.put_quota)
async def put_quota(page: Page) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.put_quota, parse(QuotaPut, typed))
    except Mendable as problem:
        return await show_quotas(page, problem, typed)
    return page.after(QUOTAS, "已设置，走访覆盖从现在起按新的次数统计。")
