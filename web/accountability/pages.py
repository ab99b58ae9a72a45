"""Pages of accountability: the ledger, what the ladder would propose, proposing by hand, and one action."""

from typing import Any

from fastapi import Response

from app.accountability import ladder, queries, tables, triggers
from app.accountability import operations as ops
from app.accountability.models import ActionCreate, ActionPatch
from app.accountability.rules import PROPOSERS, SERVED, WORKFLOW
from app.appointments import queries as appointments
from app.core.errors import Forbidden, Mendable, Problem
from app.core.files import Received
from app.core.http import path_id
from app.core.media import ACCEPT, SHORT
from app.core.operation import Reader, performs
from app.core.params import parse_id
from app.core.policy import DISTRICT_WIDE, Role, require
from app.documents.drafting import NEVER_ADDRESSED
from app.documents.models import DOCUMENT_STATE_LABELS
from app.evidence.uploads import ROUTE_LIMIT
from app.plans.models import EVIDENCE_KIND_LABELS
from app.units import queries as units
from web.accountability.words import LABELS, WORDS
from web.evidence.pages import BESIDE, filled_in, keep_files, shown_again
from web.page import (
    Page,
    PageContext,
    Typed,
    add_bulk_page,
    add_edit_page,
    add_step_pages,
    note_of,
    offered,
    page_router,
    parse,
)
from web.site import Flash
from web.tables import add_exports, add_sheet

router = page_router()
HOME = "/accountability-actions"
FAILED = {
    "approve": "没有批准",
    "draw-up": "没有起草",
    "serve": "没有送达",
    "perform": "没有记录",
    "reply": "没有答复",
    "upload": "没有上传成功",
    "unlink": "没有撤下",
    "send-back": "没有退回成功",
    "close": "没有办结",
    "withdraw": "没有撤回",
}
add_exports(router, HOME, tables.LEDGER)
add_sheet(router, HOME, tables.LEDGER, HOME)


@router.get(HOME)
async def ledger(page: Page) -> Response:
    return await show_list(page)


async def show_list(page: PageContext, **told: Any) -> Response:
    found = await page.listed(queries.LIST, queries.present, queries.complete)
    return await page.render(
        "accountability/list.html",
        block="rows",
        page_title="问责",
        found=found,
        params=Typed(found.params),
        trigger_kinds=[(source.kind, source.label) for source in triggers.SOURCES.values()],
        units=await page.read(_units) if page.actor.has(*DISTRICT_WIDE) else [],
        wide=page.actor.has(*DISTRICT_WIDE),
        may_propose=page.actor.has(*PROPOSERS),
        may_run=page.actor.has(Role.SUPERVISOR),
        bulk=offered(WORKFLOW, ops.BULK, found.rows),
        **WORDS,
        **told,
    )


add_bulk_page(
    router, WORKFLOW, ops.bulk, HOME, show_list, queries.LIST, lambda row: f"{row.reason[:40]}（{row.unit_name}）"
)


def _units(see: Reader) -> list[tuple[int, str]]:
    return [(unit_id, name) for unit_id, name, kind in units.choices(see) if kind not in NEVER_ADDRESSED]


# What the ladder would propose


@router.get(HOME + "/preview")
async def preview(page: Page) -> Response:
    return await _preview(page)


async def _preview(page: PageContext, problem: Problem | None = None) -> Response:
    found = await page.read(ladder.preview)
    return await page.render(
        "accountability/preview.html", page_title="按阶梯提出问责", problem=problem, found=found, **WORDS
    )


@router.post(HOME + "/run")
@performs(ladder.run)
async def run(page: Page) -> Response:
    await page.form()
    try:
        made = await page.run(ladder.run)
    except Mendable as problem:
        return await _preview(page, problem)
    if not made:
        return page.after(HOME, "没有新的情形达到阶梯，没有提出。", "info")
    return page.after(f"{HOME}?state=proposed", f"已提出 {len(made)} 项，请局领导批准。")


# By hand


@router.get(HOME + "/new")
async def new(page: Page) -> Response:
    require(page.actor, *PROPOSERS)
    return await _new(page, {name: page.params.get(name, "") for name in ("unit_id", "kind", "triggers")})


def _choices(see: Reader, unit_id: int | None) -> dict[str, Any]:
    """The units; of a chosen one what may be cited, and its people."""
    offered = {"units": [entry for entry in _units(see) if entry[0] not in see.actor.units]}
    if unit_id is None:
        return offered | {"citable": [], "people": []}
    rows, _ = appointments.LIST.page(see, appointments.LIST.asked({"unit_id": str(unit_id), "limit": "200"}))
    people = [(row.id, f"{row.name}（{row.post}）") for row in rows]
    return offered | {"citable": queries.citable(see, unit_id), "people": people}


async def _new(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
    try:
        unit_id = parse_id("unit_id", str(typed.get("unit_id") or ""))
    except Mendable:
        unit_id = None
    chosen = typed.get("triggers") or []
    return await page.render(
        "accountability/new.html",
        page_title="提出问责",
        problem=problem,
        typed={**typed, "triggers": [chosen] if isinstance(chosen, str) else chosen},
        labels=LABELS,
        unit_id=unit_id,
        **await page.read(_choices, unit_id),
        **WORDS,
    )


def _given(typed: dict[str, Any]) -> dict[str, Any]:
    """A box holds the kind and the id of what it cites."""
    chosen = typed.get("triggers") or []
    cited = [str(each).partition(":") for each in (chosen if isinstance(chosen, list) else [chosen])]
    numbers = [(kind, source_id) for kind, _, source_id in cited if source_id.isascii() and source_id.isdigit()]
    return {**typed, "triggers": [{"kind": kind, "source_id": int(number[:17])} for kind, number in numbers]}


@router.post(HOME)
@performs(ops.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    try:
        made = await page.run(ops.create, parse(ActionCreate, _given(typed)))
    except Mendable as problem:
        if not page.actor.has(*PROPOSERS):
            raise
        return await _new(page, typed, problem)
    return page.after(f"{HOME}/{made}", "已提出，由局领导批准。")


# One


@router.get(HOME + "/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


def _gather(see: Reader, action_id: int) -> dict[str, Any]:
    row = queries.one(see, action_id)
    told = queries.history(see, action_id, row["unit_id"])
    back = WORKFLOW.transitions["send_back"].label
    again = row["replied_at"] is not None and row["state"] == SERVED
    note = next((entry.note for entry in told if entry.label == back), None) if again else None
    return {"row": row, "timeline": told, "sent_back_note": note}


async def show(
    page: PageContext,
    id: int,
    problem: Problem | None = None,
    typed: dict[str, Any] | None = None,
    said: str = "",
) -> Response:
    """The action's page; ``said`` what was done before the refusal, or with what was typed left unsaved."""
    gathered = await page.read(_gather, path_id(id))
    row = gathered["row"]
    if said:
        gathered["flash"] = Flash("info", said)
    step = page.request.url.path.rpartition("/")[2]
    return await page.render(
        "accountability/one.html",
        page_title=f"{WORDS['action_kinds'][row['kind']]} {row['unit_name']}",
        problem=problem,
        typed=typed or {},
        step=step if problem or said else "",
        labels=LABELS | {"kind": "资料类别"},
        failed=FAILED.get(step, "没有办成"),
        accept=ACCEPT,
        short=SHORT,
        evidence_kinds={kind.value: label for kind, label in EVIDENCE_KIND_LABELS.items()},
        document_states=DOCUMENT_STATE_LABELS,
        wide=page.actor.has(*DISTRICT_WIDE),
        mine=row["unit_id"] in page.actor.units,
        **gathered,
        **WORDS,
    )


async def _edit_page(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    row = await page.read(queries.one, path_id(id))
    if problem is None and "edit" not in row["allowed_actions"]:
        raise Forbidden("这一项现在不能由您修改")
    return await page.render(
        "accountability/edit.html",
        page_title="修改问责",
        problem=problem,
        row=row,
        typed={**row, **(typed or {})},
        labels=LABELS,
        **WORDS,
    )


add_edit_page(router, HOME + "/{id}/edit", ops.edit, ActionPatch, _edit_page, home=HOME + "/{id}")


@performs(ops.reply)
async def reply(page: Page, id: int) -> Response:
    received, typed, done = Received(), Typed(), ""
    try:
        async with filled_in(page, typed, received):
            if kept := await keep_files(page, typed, received):
                done = f"已上传 {len(kept)} 份印证资料。"
            await page.run(ops.reply, path_id(id), note_of(typed))
    except Mendable as problem:
        return await show(page, id, problem, typed, done)
    return page.after(f"{HOME}/{id}", f"{done}已答复，等待督查室核实后办结。")


BESIDE["accountability-actions"] = shown_again("accountability-actions", show, "note")
# It takes files: a body as large as an upload's.
router.add_api_route(HOME + "/{id}/reply", reply, methods=["POST"], max_body_size=ROUTE_LIMIT)
add_step_pages(
    router,
    WORKFLOW,
    {name: step for name, step in ops.STEPS.items() if name != "reply"},
    HOME + "/{id}",
    show,
    {
        "approve": "已批准，等待送达。",
        "draw_up": "已按问责情形起草公文，请核对、修改后送审；公文送达时这一项即送达。",
        "serve": "已送达，被问责单位可以看到，等待答复。",
        "perform": "已记录执行情况，等待单位答复。",
        "send_back": "已退回，由单位补充后再答复，答复期限重新起算。",
        "close": "已办结。",
        "withdraw": "已撤回，没有送达。",
    },
)
