"""Pages of campaigns: the list, drawing one up, and one with its figures, its phases and its summaries."""

from typing import Any

from fastapi import Response

from app.campaigns import inspecting, queries, rollup, tables
from app.campaigns import operations as ops
from app.campaigns.rules import LEADERS, WORKFLOW
from app.campaigns.schemas import Attached, CampaignCreate, CampaignPatch, GroupOfCampaign, OfficeSummary
from app.core.db import unbounded
from app.core.errors import FieldError, Forbidden, Invalid, Mendable, Problem
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.core.policy import Role, require
from app.inspections.rules import NEVER_INSPECTED
from app.units import queries as units
from app.units.models import KIND_LABELS, OFFICES, WITHOUT_ACCOUNT
from web.campaigns.words import LABELS, WORDS
from web.inspections.planning import Place, planning
from web.leading_groups.pages import with_people
from web.page import Page, PageContext, Typed, add_edit_page, add_step_pages, page_router, parse
from web.tables import add_exports, add_sheet

router = page_router()
HOME = "/campaigns"
FAILED = {
    "start": "没有启动",
    "close": "没有结束",
    "cancel": "没有撤销",
    "attach": "没有列入",
    "detach": "没有移出",
    "summarize": "没有报送",
}
UNKEPT = "没有办成"
add_exports(router, HOME, tables.CAMPAIGNS)
add_exports(router, f"{HOME}/{{id}}/rollup", tables.OFFICES)
add_sheet(router, HOME, tables.CAMPAIGNS, HOME)


@router.get(HOME)
async def list_(page: Page) -> Response:
    found = await page.listed(queries.LIST, queries.present)
    return await page.render(
        "campaigns/list.html",
        block="rows",
        page_title="专项行动",
        found=found,
        params=Typed(found.params),
        may_draw_up=page.actor.has(*LEADERS),
        **WORDS,
    )


# Drawing one up


@router.get(HOME + "/new")
async def new(page: Page) -> Response:
    require(page.actor, *LEADERS)
    return await _new(page, {})


@unbounded
def _offered(see: Reader) -> dict[str, Any]:
    choices = units.choices(see)
    by_kind: dict[str, list[tuple[int, str]]] = {}
    for unit_id, name, kind in choices:
        if kind not in (*NEVER_INSPECTED, *WITHOUT_ACCOUNT):
            by_kind.setdefault(kind, []).append((unit_id, name))
    offices = [(unit_id, name) for unit_id, name, kind in choices if kind in OFFICES]
    mine = offices if see.actor.has(Role.SUPERVISOR) else [each for each in offices if each[0] in see.actor.offices]
    return {
        "by_kind": by_kind,
        "offices": offices,
        "leads": mine,
        "groups": units.group_choices(see),
        "leading_groups": queries.leading_groups(see),
        "unit_kinds": {kind.value: label for kind, label in KIND_LABELS.items()},
    }


async def _new(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
    return await page.render(
        "campaigns/new.html",
        page_title="拟定专项行动",
        problem=problem,
        typed=typed,
        labels=LABELS,
        settled=False,
        **await page.read(_offered),
        **WORDS,
    )


@router.post(HOME)
@performs(ops.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    try:
        made = await page.run(ops.create, _given(typed))
    except Mendable as problem:
        return await _new(page, typed, problem)
    return page.after(f"{HOME}/{made}", "已拟定。由督查室启动后，各单位的待办里会出现自查。")


def _given(typed: Typed) -> CampaignCreate:
    """A leading group is formed where a leader is written down for it."""
    mark = "leading_group/"
    fields = {name: value for name, value in typed.items() if not name.startswith(mark)}
    group = {name.removeprefix(mark): value for name, value in typed.items() if name.startswith(mark)}
    if group.get("leader"):
        try:
            fields["leading_group"] = parse(GroupOfCampaign, with_people(group)).model_dump()
        except Invalid as problem:
            errors = [FieldError(f"/{mark}{error.pointer.strip('/')}", error.detail) for error in problem.errors]
            raise Invalid(problem.detail, errors=errors) from None
    return parse(CampaignCreate, fields)


# One


@router.get(HOME + "/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


@unbounded
def _gather(see: Reader, campaign_id: int) -> dict[str, Any]:
    row = queries.one(see, campaign_id)
    mine = [each for each in row["offices"] if each["unit_id"] in see.actor.offices]
    return {
        "row": row,
        "figures": rollup.rollup(see, row),
        "attachable": queries.attachable(see) if "attach" in row["allowed_actions"] else [],
        "attached": queries.attached(see, campaign_id),
        "mine": mine if "summarize" in row["allowed_actions"] else [],
        "timeline": queries.history(see, campaign_id) if row["inside"] else [],
    }


async def show(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    gathered = await page.read(_gather, path_id(id))
    step = page.request.url.path.rpartition("/")[2]
    return await page.render(
        "campaigns/one.html",
        page_title=gathered["row"]["title"],
        problem=problem,
        typed=typed or {},
        step=step,
        labels=LABELS,
        failed=FAILED.get(step, UNKEPT),
        own_choices=[(each["unit_id"], each["unit_name"]) for each in gathered["mine"]],
        **gathered,
        **WORDS,
    )


async def _edit_page(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    def query(see: Reader) -> dict[str, Any]:
        return {"row": queries.one(see, path_id(id)), **_offered(see)}

    query.__dict__["unbounded"] = True
    found = await page.read(query)
    row, settled = found["row"], found["row"]["state"] != "draft"
    if settled:  # Those who are asked already stay; the form offers others.
        left = {
            kind: [each for each in options if each[0] not in row["unit_ids"]]
            for kind, options in found["by_kind"].items()
        }
        found["by_kind"] = {kind: options for kind, options in left.items() if options}
    if problem is None and "edit" not in row["allowed_actions"]:
        raise Forbidden("这个专项行动现在不能由您修改")
    held = {**row, "office_ids": [each["unit_id"] for each in row["offices"]]}
    return await page.render(
        "campaigns/edit.html",
        page_title=f"修改{row['title']}",
        problem=problem,
        typed={**held, **(typed or {})},
        labels=LABELS,
        settled=settled,
        **found,
        **WORDS,
    )


def _ticked(typed: Typed) -> dict[str, Any]:
    """Of the whole form, where nothing is ticked nothing was sent; the final summary has a form of its own."""
    return {"unit_ids": [], "office_ids": [], **typed} if "title" in typed else dict(typed)


add_edit_page(router, HOME + "/{id}/edit", ops.edit, CampaignPatch, _edit_page, home=HOME + "/{id}", given=_ticked)


def _planned_for(see: Reader, campaign_id: int) -> Place:
    found, home = inspecting.occasion(see, campaign_id), f"{HOME}/{campaign_id}"
    title = queries.title_of(see, campaign_id) or ""
    crumbs = (("专项行动", HOME), (title, home))
    return Place(home, f"{home}/inspect", crumbs, found.unit_ids, "special_campaign")


router.include_router(planning("campaigns", inspecting.inspect, _planned_for))


@router.post(HOME + "/{id}/attach")
@performs(ops.attach)
async def attach(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.attach, path_id(id), parse(Attached, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"{HOME}/{id}", "已列入。")


@router.post(HOME + "/{id}/detach")
@performs(ops.detach)
async def detach(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.detach, path_id(id), parse(Attached, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"{HOME}/{id}", "已移出。")


@router.post(HOME + "/{id}/summarize")
@performs(ops.summarize)
async def summarize(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.summarize, path_id(id), parse(OfficeSummary, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"{HOME}/{id}", "已报送小结，结束前可以再报。")


add_step_pages(
    router,
    WORKFLOW,
    ops.STEPS,
    HOME + "/{id}",
    show,
    {
        "start": "已启动，各单位的待办里会出现自查。",
        "begin_inspection": "已进入检查阶段。请安排督查并列入。",
        "begin_rectification": "已进入整改阶段。",
        "begin_summary": "已进入总结阶段。参加股室请报送小结。",
        "close": "已结束。没有销号的整改继续办理。",
        "cancel": "已撤销。",
    },
)
