"""Pages of venue activities: the ledger, registering one, one with its approval, and who approves which kind."""

from datetime import timedelta
from typing import Any

from fastapi import Response

from app.appointments.holders import with_responsible
from app.core.calendar import now, today_of
from app.core.errors import Forbidden, Mendable, Problem
from app.core.files import Received
from app.core.http import path_id
from app.core.media import ACCEPT, SHORT
from app.core.operation import Reader, performs
from app.core.policy import DISTRICT_WIDE, Role, require
from app.evidence.uploads import ROUTE_LIMIT
from app.plans.models import EVIDENCE_KIND_LABELS
from app.units import queries as units
from app.units.reviewing import CARRIERS
from app.venue_activities import operations as ops
from app.venue_activities import queries, tables
from app.venue_activities.models import MOST_PEOPLE, ActivityCreate, ActivityPatch, Held, ReviewerPut
from app.venue_activities.operations import NEVER_HOLDING
from app.venue_activities.rules import WORKFLOW
from web.evidence.pages import BESIDE, filled_in, keep_files, shown_again
from web.page import Page, PageContext, Typed, add_edit_page, add_step_pages, page_router, parse
from web.site import Flash
from web.tables import add_exports
from web.venue_activities.words import LABELS, WORDS

router = page_router()
HOME, REVIEWERS = "/venue-activities", "/venue-reviewers"
FAILED = {
    "approve": "没有批准",
    "upload": "没有上传成功",
    "unlink": "没有撤下",
    "refuse": "没有办成",
    "hold": "没有登记举办",
    "cancel": "没有取消",
}
add_exports(router, HOME, tables.ACTIVITIES)
add_exports(router, REVIEWERS, tables.REVIEWERS)


@router.get(HOME)
async def list_(page: Page) -> Response:
    found = await page.listed(queries.LIST, queries.present, with_responsible)
    return await page.render(
        "venue_activities/list.html",
        block="rows",
        page_title="阵地活动",
        found=found,
        params=Typed(found.params),
        may_register=page.actor.has(*CARRIERS),
        wide=page.actor.has(*DISTRICT_WIDE, Role.OFFICE),
        **WORDS,
    )


# Registering one


def _days() -> dict[str, Any]:
    today = today_of(now())
    return {"today": today.isoformat(), "tomorrow": (today + timedelta(days=1)).isoformat()}


@router.get(HOME + "/new")
async def new(page: Page) -> Response:
    require(page.actor, *CARRIERS)
    return await _new(page, {})


async def _new(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
    choices = await page.read(units.choices)
    own = [(each, name) for each, name, kind in choices if each in page.actor.units and kind not in NEVER_HOLDING]
    return await page.render(
        "venue_activities/new.html",
        page_title="登记活动",
        problem=problem,
        typed=typed,
        labels=LABELS,
        offered=own,
        most=MOST_PEOPLE,
        **_days(),
        **WORDS,
    )


@router.post(HOME)
@performs(ops.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    try:
        made = await page.run(ops.create, parse(ActivityCreate, typed))
    except Mendable as problem:
        return await _new(page, typed, problem)
    return page.after(f"{HOME}/{made}", "已登记，等待审批。讲稿等可上传在下面；内容审核填完后才能批准。")


# One


@router.get(HOME + "/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


def _gather(see: Reader, activity_id: int) -> dict[str, Any]:
    row, told = queries.with_history(see, activity_id)
    return {"row": row, "timeline": told}


async def show(
    page: PageContext,
    id: int,
    problem: Problem | None = None,
    typed: dict[str, Any] | None = None,
    said: str = "",
) -> Response:
    """The activity's page; ``said`` what was done before the refusal, or with what was typed left unsaved."""
    gathered = await page.read(_gather, path_id(id))
    if said:
        gathered["flash"] = Flash("info", said)
    step = page.request.url.path.rpartition("/")[2]
    return await page.render(
        "venue_activities/one.html",
        page_title=gathered["row"]["topic"],
        problem=problem,
        typed=typed or {},
        step=step,
        labels=LABELS,
        failed=FAILED.get(step, "没有办成"),
        accept=ACCEPT,
        short=SHORT,
        evidence_kinds={kind.value: label for kind, label in EVIDENCE_KIND_LABELS.items()},
        most=MOST_PEOPLE,
        begun=gathered["row"]["held_on"] <= today_of(now()),
        **gathered,
        **WORDS,
    )


async def _edit_page(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    row = await page.read(queries.one, path_id(id))
    if problem is None and "edit" not in row["allowed_actions"]:
        raise Forbidden("这次活动现在不能由您修改")
    return await page.render(
        "venue_activities/edit.html",
        page_title=f"修改{row['topic']}",
        problem=problem,
        row=row,
        typed={**row, **(typed or {})},
        labels=LABELS,
        most=MOST_PEOPLE,
        **_days(),
        **WORDS,
    )


add_edit_page(router, HOME + "/{id}/edit", ops.edit, ActivityPatch, _edit_page, home=HOME + "/{id}")


@performs(ops.hold)
async def hold(page: Page, id: int) -> Response:
    received, typed, done = Received(), Typed(), ""
    try:
        async with filled_in(page, typed, received):
            if kept := await keep_files(page, typed, received):
                done = f"已上传 {len(kept)} 份资料。"
            given = {name: typed[name] for name in Held.model_fields if name in typed}
            await page.run(ops.hold, path_id(id), parse(Held, given))
    except Mendable as problem:
        return await show(page, id, problem, typed, done)
    return page.after(f"{HOME}/{id}", f"{done}已登记举办。")


BESIDE["venue-activities"] = shown_again("venue-activities", show, "attended", "note")
# It takes files: a body as large as an upload's.
router.add_api_route(HOME + "/{id}/hold", hold, methods=["POST"], max_body_size=ROUTE_LIMIT)


add_step_pages(
    router,
    WORKFLOW,
    ops.STEPS,
    HOME + "/{id}",
    show,
    {
        "approve": "已批准。举办后由登记单位填报到场人数并上传资料。",
        "refuse": "未批准，已告知登记单位。",
        "cancel": "已取消。",
    },
)


# Who approves


@router.get(REVIEWERS)
async def list_reviewers(page: Page) -> Response:
    return await show_reviewers(page)


async def show_reviewers(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    found = await page.listed(queries.REVIEWER_LIST, queries.present_reviewer)
    may_set = page.actor.has(Role.SUPERVISOR)
    return await page.render(
        "venue_activities/reviewers.html",
        page_title="活动审批分工",
        problem=problem,
        typed=typed or {},
        labels=LABELS,
        named={row["kind"]: row["office_name"] for row in found.rows},
        may_set=may_set,
        offices=await page.read(units.offices) if may_set else [],
        **WORDS,
    )


@router.post(REVIEWERS)
@performs(ops.put_reviewer)
async def put_reviewer(page: Page) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.put_reviewer, parse(ReviewerPut, typed))
    except Mendable as problem:
        return await show_reviewers(page, problem, typed)
    return page.after(REVIEWERS, "已设置，待审批的活动从现在起由新的股室审批。")
