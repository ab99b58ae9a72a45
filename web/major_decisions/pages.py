"""Pages of major decisions: the ledger, registering a matter, and one with its steps, remarks and files."""

from typing import Any

from fastapi import Response

from app.appointments.holders import with_leader
from app.core.calendar import now, today_of
from app.core.errors import Forbidden, Mendable, Problem, invalid
from app.core.http import path_id
from app.core.media import ACCEPT, SHORT
from app.core.operation import Reader, performs
from app.core.policy import DISTRICT_WIDE, Role, require
from app.major_decisions import operations as ops
from app.major_decisions import queries, supervision, tables
from app.major_decisions.quorum import quorum_of
from app.major_decisions.rules import REGISTRARS, UNITS, WORKFLOW
from app.major_decisions.schemas import AnswerCreate, MajorDecisionCreate, MajorDecisionPatch, RemarkCreate
from app.plans.models import EVIDENCE_KIND_LABELS
from app.units import queries as units
from web.major_decisions.lines import given, shown
from web.major_decisions.words import LABELS, WORDS
from web.page import Page, PageContext, Typed, add_edit_page, add_step_pages, page_router, parse
from web.tables import add_exports, add_ledger

router = page_router()
HOME = "/major-decisions"
FAILED = {
    "decide": "没有形成决定",
    "reconvene": "没有再次上会",
    "disclose": "没有公示成功",
    "close": "没有了结",
    "remarks": "没有提交监督意见",
    "answer": "没有提交答复",
}
add_exports(router, HOME, tables.DECISIONS)
add_ledger(router, HOME + "/ledger", tables.LEDGER, HOME)


@router.get(HOME)
async def ledger(page: Page) -> Response:
    found = await page.listed(queries.LIST, queries.present, with_leader)
    return await page.render(
        "major_decisions/list.html",
        block="rows",
        page_title="三重一大",
        found=found,
        params=Typed(found.params),
        units=await page.read(_units_to_choose),
        may_register=page.actor.has(*REGISTRARS),
        own=page.actor.has(*UNITS),
        number_of=tables.number_of,
        **WORDS,
    )


def _units_to_choose(see: Reader) -> list[tuple[int, str]]:
    """For the filter by unit: everyone's for those who look beyond their own, else one's own where several."""
    chosen = [(unit_id, name) for unit_id, name, _ in units.choices(see)]
    if see.actor.has(*DISTRICT_WIDE, Role.OFFICE):
        return chosen
    mine = [entry for entry in chosen if entry[0] in see.actor.units]
    return mine if len(mine) > 1 else []


# Registering


@router.get(HOME + "/new")
async def new(page: Page) -> Response:
    require(page.actor, *REGISTRARS)
    return await _new(page, {}, decided="decided" in page.params or not page.actor.has(*UNITS))


async def _new(
    page: PageContext, typed: dict[str, Any], problem: Problem | None = None, *, decided: bool = False
) -> Response:
    """``decided``: the form of what was decided already, by one's own unit or another's."""
    choices = await page.read(units.choices)
    wide = decided and page.actor.has(Role.SUPERVISOR, Role.OFFICE)
    offered = [(unit_id, name) for unit_id, name, _ in choices if wide or unit_id in page.actor.units]
    return await page.render(
        "major_decisions/new.html",
        page_title="补登已作决定" if decided else "登记事项",
        problem=problem,
        typed=typed,
        labels=LABELS,
        decided=decided,
        offered=offered,
        quorum=quorum_of(page.settings).words,
        today=today_of(now()).isoformat(),
        **WORDS,
    )


@router.post(HOME)
@performs(ops.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    decided = typed.pop("decided", "") == "1"
    try:
        if decided and not typed["decided_on"]:
            raise invalid("decided_on", "请填写决定日期")
        made = await page.run(ops.create, parse(MajorDecisionCreate, given(typed)))
    except Mendable as problem:
        return await _new(page, typed, problem, decided=decided)
    after = "已补登，疑点由监督股室核查。" if decided else "已登记。请填写酝酿论证和合法性审查，然后上会。"
    return page.after(f"{HOME}/{made}", after)


# One


@router.get(HOME + "/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


def _gather(see: Reader, decision_id: int) -> dict[str, Any]:
    row = queries.one(see, decision_id)
    return {
        "row": row,
        "timeline": queries.history(see, decision_id),
        "office": supervision.by_category(see).get(row["category"], "督查室"),
    }


async def show(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    gathered = await page.read(_gather, path_id(id))
    step = page.request.url.path.rpartition("/")[2]
    return await page.render(
        "major_decisions/one.html",
        page_title=gathered["row"]["subject"],
        problem=problem,
        typed=typed or {},
        labels=LABELS,
        failed=FAILED.get(step, "没有办成"),
        accept=ACCEPT,
        short=SHORT,
        number=tables.number_of(gathered["row"]),
        answering=_answering(gathered["row"], typed or {}) if step == "answer" else None,
        evidence_kinds={kind.value: label for kind, label in EVIDENCE_KIND_LABELS.items()},
        **gathered,
        **WORDS,
    )


def _answering(row: dict[str, Any], typed: dict[str, Any]) -> int | None:
    """Of the forms for answers the one that was sent, or the first where it is gone."""
    if "answer" not in row["allowed_actions"]:
        return None
    open_ids: list[int] = [each["id"] for each in row["remarks"] if each["answered_at"] is None]
    sent = str(typed.get("remark_id", ""))
    return next((each for each in open_ids if str(each) == sent), open_ids[0] if open_ids else None)


async def _edit_page(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    row = await page.read(queries.one, path_id(id))
    if problem is None and "edit" not in row["allowed_actions"]:
        raise Forbidden("这一事项现在不能由您修改")
    return await page.render(
        "major_decisions/edit.html",
        page_title=f"修改{row['subject']}",
        problem=problem,
        row=row,
        typed={**shown(row), **(typed or {})},
        quorum=quorum_of(page.settings).words,
        disclose_within=page.settings.decision_disclose_workdays,
        labels=LABELS,
        today=today_of(now()).isoformat(),
        **WORDS,
    )


add_edit_page(router, HOME + "/{id}/edit", ops.edit, MajorDecisionPatch, _edit_page, home=HOME + "/{id}", given=given)
add_step_pages(
    router,
    WORKFLOW,
    ops.STEPS,
    HOME + "/{id}",
    show,
    {
        "deliberate": "已酝酿完毕。开会后请填写会议、意见和表决，再形成决定。",
        "decide": "已形成决定。通过的事项请按期公示；暂缓的可再次上会，不再推进的和未通过的请了结。",
        "reconvene": "上次会议已存入“此前会议”。开会后请填写这一次的会议、意见和表决，再形成决定。",
        "disclose": "已公示。执行后请填写执行情况。",
        "execute": "已执行。上传会议纪要后办结。",
        "complete": "已办结。",
        "close": "已了结，事项不再推进。",
        "check": "已核。以后出现新的疑点会再列入待办。",
    },
)


@router.post(HOME + "/{id}/remarks")
@performs(ops.remark)
async def remark(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.remark, path_id(id), parse(RemarkCreate, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"{HOME}/{id}", "已提交监督意见，由单位答复。")


@router.post(HOME + "/{id}/answer")
@performs(ops.answer)
async def answer(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.answer, path_id(id), parse(AnswerCreate, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"{HOME}/{id}", "已答复。")
