"""One row: what is asked, what was done, and the forms of whoever may go on with it."""

from typing import Any

from fastapi import Response

from app.assignments import operations as ops
from app.assignments import queries
from app.assignments.models import OPEN_STATES, RedispatchCreate, ReportCreate, UrgingCreate
from app.assignments.reviewers import reviewers
from app.assignments.rules import WORKFLOW
from app.assignments.words import urging
from app.breakdowns import queries as breakdowns
from app.breakdowns.rules import MAKERS
from app.core.errors import Mendable, Problem
from app.core.files import Received
from app.core.http import path_id
from app.core.idempotency import SentBefore
from app.core.operation import Reader, performs
from app.core.policy import Role
from app.core.timeline import Entry
from app.documents import queries as documents
from app.evidence.queries import linked
from app.evidence.uploads import ROUTE_LIMIT
from app.extensions import queries as extensions
from web.assignments.words import LABELS, WORDS
from web.breakdowns.words import WORDS as BREAKDOWNS
from web.documents.words import ABOUT
from web.evidence.pages import BESIDE, filled_in, keep_files
from web.page import Page, PageContext, Said, Typed, add_step_pages, note_of, page_router, parse
from web.site import Flash

router = page_router()
HOME = "/assignments/{id}"
FAILED = {
    "submit": "没有提交成功",
    "complete": "没有办结成功",
    "send-back": "没有退回成功",
    "urgings": "没有催办成功",
    "extensions": "没有提交延期申请",
    "upload": "没有上传成功",
    "unlink": "没有撤下成功",
}
NOTED = {
    "decline": ("退签这项任务？", "退签后由督查室决定重新下发、免办或撤销。", "退签理由"),
    "reopen": ("重新办理这项任务？", "已办结的任务回到办理中，由原单位继续办理，时限不变。", "理由"),
    "waive": ("这项任务免办？", "免办后不计入办结率，已有进展和资料保留。", "免办理由"),
    "cancel": ("撤销这项任务？", "撤销后不再办理，已有进展和资料保留。", "撤销理由"),
}
"""Steps with a dialog of their own: what is asked, what happens next, the note's label."""


@router.get(HOME)
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


def _gather(see: Reader, row_id: int) -> dict[str, Any]:
    row = queries.one(see, row_id)
    return {
        "row": row,
        "evidence": linked(see, "assignments", row_id),
        "extensions": extensions.of(see, assignment_id=row_id),
        "papers": documents.of(see, assignment_id=row_id),
        "breakdowns": breakdowns.of(see, row_id),
        "urging": urging(see, row) if "urge" in row["allowed_actions"] else "",
        "reviewers": reviewers(see, row),
        "timeline": [Entry(**entry) for entry in row["timeline"]],
        "today": see.today,
    }


async def show(
    page: PageContext,
    id: int,
    problem: Problem | None = None,
    typed: dict[str, Any] | None = None,
    said: str = "",
) -> Response:
    """The row's page; ``said`` what was done before the refusal, or with what was typed left unsaved."""
    gathered = await page.read(_gather, path_id(id))
    row = gathered["row"]
    if said:
        gathered["flash"] = Flash("info", said)
    step = page.request.url.path.rsplit("/", 1)[-1]
    return await page.render(
        "assignments/one.html",
        page_title=f"{row['item_title']} · {row['unit_name']}",
        problem=problem,
        typed=typed or {},
        step=step if problem else "",
        labels=LABELS,
        failed=FAILED.get(step, "没有保存成功"),
        noted=NOTED,
        required=[(kind["label"], kind["count"]) for kind in row["required_evidence"]],
        transitions=WORKFLOW.transitions,
        may_break_down=page.actor.has(*MAKERS) and row["unit_id"] in page.actor.units and row["state"] in OPEN_STATES,
        may_order="urge" in row["allowed_actions"]
        and page.actor.has(Role.SUPERVISOR)
        and (row["lamp"] == "red" or bool(row["urgings"])),
        **gathered,
        **ABOUT,
        **BREAKDOWNS,
        **WORDS,
    )


def _acknowledged(see: Reader, assignment_id: int) -> str:
    due = queries.row(see, assignment_id)["deadline_on"]
    return f"已签收{f'，完成时限 {due}' if due else ''}。请在办理中填报进展、上传印证资料，完成后提交审核。"


SAID: dict[str, Said] = {
    "acknowledge": _acknowledged,
    "withdraw": "已撤回。修改后请再次提交审核。",
    "complete": "已办结。",
    "send_back": "已退回，由原单位继续办理，时限不变。",
    "decline": "已退签，由督查室决定重新下发、免办或撤销。",
    "reopen": "已重新办理，由原单位继续。",
    "waive": "已免办，不计入办结率。",
    "cancel": "已撤销，已有进展和资料保留。",
}
STEPS = {name: ops.STEPS[name] for name in SAID}
add_step_pages(router, WORKFLOW, STEPS, HOME, show, SAID)


@router.post(f"{HOME}/redispatch")
@performs(ops.redispatch)
async def redispatch(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.redispatch, path_id(id), parse(RedispatchCreate, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"/assignments/{id}", "已重新下发，等待签收。")


# The form of those who carry it out: a report and files. Every button in it keeps all that was filled in.


@performs(ops.report)
async def report(page: Page, id: int) -> Response:
    received, typed, done = Received(), Typed(), list[str]()
    try:
        async with filled_in(page, typed, received):
            await _save(page, id, typed, received, done)
    except Mendable as problem:
        return await show(page, id, problem, typed, "".join(done))
    return page.after(f"/assignments/{id}", f"{''.join(done)}资料齐全后请提交审核。")


@performs(ops.submit)
async def submit(page: Page, id: int) -> Response:
    received, typed, done = Received(), Typed(), list[str]()
    try:
        async with filled_in(page, typed, received):
            if received.files or _written(typed):
                try:
                    await _save(page, id, typed, received, done)
                except SentBefore:
                    if not await _newest(page, id, _given(typed)):
                        raise
                    _leave(typed)
                    done.append("填写的进展此前已经保存，没有重复保存。")
            await page.run(ops.submit, path_id(id), note_of(typed))
    except Mendable as problem:
        return await show(page, id, problem, typed, "".join(done))
    return page.after(f"/assignments/{id}", f"{''.join(done)}已提交审核。审核通过后办结，如被退回请按意见补充。")


# Both take files: a body as large as an upload's.
for slug, take in (("progress-reports", report), ("submit", submit)):
    router.add_api_route(f"{HOME}/{slug}", take, methods=["POST"], max_body_size=ROUTE_LIMIT)


def _written(typed: Typed) -> bool:
    """Whether there is a report to save. A percentage alone is one that lacks its words: to be said, not dropped."""
    return bool(typed["text"].strip()) or ("offered_percent" in typed and typed["percent"] != typed["offered_percent"])


def _given(typed: Typed) -> ReportCreate:
    return parse(ReportCreate, {name: typed[name] for name in ReportCreate.model_fields if name in typed})


def _leave(typed: Typed) -> None:
    """What is saved is shown no more as if it were not, or it would be sent twice."""
    for name in (*ReportCreate.model_fields, "brought"):
        typed.pop(name, None)


async def _newest(page: PageContext, id: int, given: ReportCreate) -> dict[str, Any] | None:
    """The row's last report, if it is what is given: submitted is what it says last. A form's line ends are not those
    that are kept, so what was typed is compared as it was understood."""
    last: dict[str, Any] | None = next(iter((await page.read(queries.one, path_id(id)))["progress_reports"]), None)
    return last if last and (last["text"], last["percent"]) == (given.text, given.percent) else None


async def _save(page: PageContext, id: int, typed: Typed, received: Received, done: list[str]) -> None:
    """The files chosen and the report, said in ``done``. A report saved leaves ``typed``."""
    given = _given(typed) if _written(typed) or not received.files else None
    # On a page gone back to the files are chosen anew, and some of them came with that report.
    saved = await _newest(page, id, given) if given and received.files else None
    if kept := await keep_files(page, typed, received, saved["id"] if saved else None):
        done.append(f"已上传 {len(kept)} 份印证资料。")
    if given:
        # With what was uploaded from this form before, as long as it was not taken off since.
        brought = {
            int(each) for each in str(typed["brought"]).split() if each.isascii() and each.isdigit() and len(each) < 17
        }
        here = {proof["id"] for proof in await page.read(linked, "assignments", path_id(id))} if brought else set()
        given = given.model_copy(update={"evidence_ids": sorted(brought & here)})
        await page.run(ops.report, path_id(id), given)
        done.append("已保存进展。")
        _leave(typed)


async def _keep(page: PageContext, id: int, typed: Typed, said: str, problem: Problem | None) -> Response:
    """After an upload or 撤下 among its fields: a report has no draft, so what was typed of it is shown again."""
    if not problem and not _written(typed):
        return page.after(f"/assignments/{id}", said)
    if not problem:
        said += "填写的进展还没有保存，写完请按“保存进展”。"
    shown = await show(page, id, problem, typed, said)
    shown.headers["content-location"] = f"/assignments/{id}"
    return shown


BESIDE["assignments"] = _keep


@router.post(HOME + "/urgings")
@performs(ops.urge)
async def urge(page: Page, id: int) -> Response:
    typed = await page.form()
    back = str(typed.pop("back", "") or f"/assignments/{id}")
    try:
        await page.run(ops.urge, path_id(id), parse(UrgingCreate, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(back, "已催办，记入办理过程。")
