"""Pages of those who handle complaints: the list and its ledger, and one with what was said and what may be done."""

from collections.abc import Callable
from typing import Any

from fastapi import Response
from pydantic import BaseModel

from app.cases import clues
from app.cases.models import CASE_STATE_LABELS
from app.complaints import files, handlers, inspecting, queries, tables
from app.complaints import operations as ops
from app.complaints.forms import DUTY
from app.complaints.models import Assignment, Category, ComplaintPatch, Conclusion, Prolongation, Saying, ToRectify
from app.complaints.rules import DIRECTORS, HANDLERS, WORKFLOW
from app.core.calendar import now, today_of
from app.core.errors import Mendable, Problem, Unavailable
from app.core.http import path_id
from app.core.media import SHORT
from app.core.operation import Reader, performs
from app.units import queries as units
from app.units.models import UnitKind
from web.accountability.words import WORDS as OF_ACCOUNTABILITY
from web.complaints.words import LABELS, WORDS
from web.drawing import drawn
from web.inspections.planning import Place, planning
from web.inspections.words import WORDS as OF_INSPECTIONS
from web.page import Page, PageContext, Typed, add_edit_page, add_step_pages, note_of, page_router, parse
from web.tables import add_exports, add_sheet

router = page_router()
HOME = "/complaints/{id}"
FAILED = {
    "accept": "没有受理",
    "reject": "没有办成",
    "transfer": "没有移送",
    "assign": "没有交办",
    "investigate": "没有开始调查",
    "ask": "没有发出",
    "remark": "没有记录",
    "identify": "没有打开",
    "prolong": "没有延长",
    "conclude": "没有办结",
    "reply": "没有答复",
    "rectify": "没有移交整改",
    "archive": "没有归档",
}

INSPECTED = ("states", "state_kinds", "modes", "severities", "severity_kinds", "finding_states")
"""Words of inspections on a complaint's page."""
SUBJECTS = tuple(kind for kind in UnitKind if kind != UnitKind.DISCIPLINE_TEAM)
"""Units that a complaint may be found to be about; of the discipline team it is handed on."""
PLAN_HINT = "名称和检查内容被查单位会看到，请不要写出是举报引起的，更不要写出是谁反映的。"

add_exports(router, "/complaints", tables.LEDGER)
add_sheet(router, "/complaints", tables.LEDGER, "/complaints")


@router.get("/complaints")
async def list_(page: Page) -> Response:
    found = await page.listed(queries.LIST, queries.present)
    return await page.render(
        "complaints/list.html",
        block="rows",
        page_title="信访举报",
        found=found,
        params=Typed(found.params),
        may_register=page.actor.has(*HANDLERS),
        entrance=_entrance(page) if page.actor.has(*DIRECTORS) else "",
        drawn=drawn,
        **WORDS,
    )


def _entrance(page: PageContext) -> str:
    """The address of the public's form, to be published; by the site's own name where that is known."""
    site = page.settings.site_url or str(page.request.base_url).rstrip("/")
    return f"{site}/report?bureau_id={page.actor.district_id}"


@router.get("/complaints/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


def _gather(see: Reader, complaint_id: int) -> dict[str, Any]:
    row, told = queries.with_history(see, complaint_id)
    may = row["allowed_actions"]
    return {
        "row": row,
        "timeline": told,
        "cases": clues.led_to(see, complaint_id),
        "may_lead": clues.may_lead(see, row),
        "subjects": [each[:2] for each in units.choices(see, *SUBJECTS)] if "edit" in may else [],
        "handling": handlers.offered(see, complaint_id) if "assign" in may else None,
        "people": queries.people(see) if "edit" in may else [],
    }


async def show(
    page: PageContext,
    id: int,
    problem: Problem | None = None,
    typed: dict[str, Any] | None = None,
    identity: dict[str, str] | None = None,
) -> Response:
    gathered = await page.read(_gather, path_id(id))
    step = page.request.url.path.rpartition("/")[2]
    return await page.render(
        "complaints/one.html",
        page_title=f"信访举报 {gathered['row']['code']}",
        problem=problem,
        typed=typed or {},
        labels=LABELS,
        failed=FAILED.get(step, "没有保存成功"),
        step=step if problem else "",
        identity=identity,
        short=SHORT,
        duty=DUTY if gathered["row"]["category"] == Category.HARM else "",
        case_states={state.value: label for state, label in CASE_STATE_LABELS.items()},
        today=today_of(now()).isoformat(),
        called=OF_ACCOUNTABILITY,
        inspected={name: OF_INSPECTIONS[name] for name in INSPECTED},
        **gathered,
        **WORDS,
    )


add_edit_page(router, f"{HOME}/edit", ops.edit, ComplaintPatch, show, "已认定被反映对象。", home=HOME, on_row=True)
add_step_pages(
    router,
    WORKFLOW,
    ops.STEPS,
    HOME,
    show,
    {
        "accept": "已受理，办理期限自今日起 60 日。请交办。",
        "investigate": "已开始调查。",
        "reply": "已答复，举报人凭回执码可以看到结果和结论。",
    },
)


def _add(action: str, operation: Callable[..., Any], model: type[BaseModel], said: str) -> None:
    """A form with fields of its own, the page twin of ``POST {id}/{action}``."""

    @performs(operation)
    async def act(page: Page, id: int) -> Response:
        typed = await page.form()
        try:
            await page.run(operation, path_id(id), parse(model, typed))
        except Mendable as problem:
            return await show(page, id, problem, typed)
        return page.after(HOME.format(id=id), said)

    router.add_api_route(f"{HOME}/{action}", act, methods=["POST"], name=f"page_complaint_{action}")


def _planned_for(see: Reader, complaint_id: int) -> Place:
    home = f"/complaints/{complaint_id}"
    row, about = inspecting.handled(see, complaint_id)
    crumbs = (("信访举报", "/complaints"), (row.code, home))
    return Place(home, f"{home}/inspect", crumbs, frozenset({about}), hint=PLAN_HINT)


router.include_router(planning("complaints", inspecting.inspect, _planned_for))
_add("assign", ops.assign, Assignment, "已交办。")
_add("ask", ops.ask, Saying, "已发出，举报人凭回执码可以看到。")
_add("remark", ops.remark, Saying, "已记录，举报人看不到。")
_add("prolong", ops.prolong, Prolongation, "已延长期限。")
_add("conclude", ops.conclude, Conclusion, "已办结。请在时限内答复举报人。")
_add("rectify", ops.rectify, ToRectify, "已移交整改，由被反映单位办理。")


@router.post("/complaints/{id}/identify")
@performs(ops.identify)
async def identify(page: Page, id: int) -> Response:
    """Who reported it stands on this answer alone: the page asked for again does not show it."""
    typed = await page.form(once=False)
    try:
        found = await page.run(ops.identify, path_id(id), note_of(typed))
    except (Mendable, Unavailable) as problem:
        return await show(page, id, problem, typed)
    return await show(page, id, identity=found)


@router.get("/complaints/{id}/file")
async def file(page: Page, id: int) -> Response:
    return await files.sent(page, path_id(id))
