"""Pages of rectifications: the ledger (整改台账), one with its rounds, registering a problem of one's own check."""

from typing import Any

from fastapi import Response

from app.core.errors import Mendable, Problem, Stale
from app.core.files import Received
from app.core.http import path_id
from app.core.media import ACCEPT, SHORT
from app.core.operation import Reader, performs
from app.core.paging import Asked
from app.core.policy import Role, require
from app.core.timeline import Entry
from app.documents import queries as documents
from app.evidence.queries import linked
from app.evidence.uploads import ROUTE_LIMIT
from app.extensions import operations as extensions
from app.extensions import queries as extension_queries
from app.extensions.models import EXTENSION_STATE_LABELS, ExtensionCreate
from app.inspections.models import MODE_LABELS, SEVERITY_LABELS
from app.plans.models import EVIDENCE_KIND_LABELS
from app.rectifications import operations as ops
from app.rectifications import queries, tables
from app.rectifications.models import (
    RECTIFICATION_STATE_LABELS,
    SOURCE_LABELS,
    RectificationCreate,
    RectificationPatch,
)
from app.rectifications.rules import WORKFLOW
from app.units import queries as units
from app.units.models import KIND_LABELS
from web.documents.words import ABOUT
from web.evidence.pages import BESIDE, filled_in, keep_files
from web.page import Page, PageContext, Typed, add_step_pages, note_of, page_router, parse
from web.site import Flash, query
from web.tables import add_exports, add_sheet

router = page_router()
add_exports(router, "/rectifications", tables.LEDGER)
add_sheet(router, "/rectifications", tables.LEDGER, "/rectifications")
WORDS: dict[str, Any] = {
    "states": RECTIFICATION_STATE_LABELS,
    "state_kinds": {"pending": "mute", "in_progress": "info", "submitted": "warn", "closed": "ok"},
    "severities": SEVERITY_LABELS,
    "severity_kinds": {"minor": "mute", "major": "warn", "serious": "bad"},
    "sources": SOURCE_LABELS,
    "lamps": {"green": "ok", "amber": "warn", "red": "bad", "done": "done", "none": "none"},
    "kinds": {kind.value: label for kind, label in EVIDENCE_KIND_LABELS.items()},
    "short": SHORT,
}
CHIPS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("all", "全部", {}),
    ("red", "逾期", {"lamp": "red"}),
    ("amber", "临期", {"lamp": "amber"}),
    *((state.value, label, {"state": state.value}) for state, label in RECTIFICATION_STATE_LABELS.items()),
)
LAMP_LABELS = {"red": "逾期", "amber": "临期", "green": "正常", "none": "不计时限", "done": "已销号"}
LABELS = {
    "cause": "原因",
    "goal": "整改目标",
    "measures": "整改措施",
    "responsible_leader": "责任领导",
    "responsible_person": "责任人",
    "result": "整改情况",
    "evidence": "印证资料",
    "file": "照片或文件",
    "kind": "资料类别",
    "note": "验收意见",
    "deadline_on": "时限",
    "reason": "延期理由",
    "problem": "问题表现",
    "source": "问题来源",
    "unit_id": "责任单位",
}
FAILED = {
    "submit": "没有提交成功",
    "close": "没有销号成功",
    "send-back": "没有退回成功",
    "reopen": "没有重启成功",
    "extensions": "没有提交延期申请",
    "upload": "没有上传成功",
    "unlink": "没有撤下成功",
}
PICTURES = ("image/jpeg", "image/png")


# The ledger


@router.get("/rectifications")
async def ledger(page: Page) -> Response:
    listed = await page.listed(queries.LIST, queries.present)
    return await page.render(
        "rectifications/list.html",
        block="rows",
        page_title="问题整改",
        found=listed,
        params=Typed(listed.params),
        chips=_chips(listed.params, await page.read(queries.tallies, queries.LIST.asked(listed.params))),
        units=await page.read(_units_to_choose),
        lamp_labels=LAMP_LABELS,
        may_register=page.actor.has(Role.SUPERVISOR, Role.OFFICE, Role.SCHOOL),
        **WORDS,
    )


def _chips(params: dict[str, str], counts: dict[str, int]) -> list[tuple[str, str, bool, int]]:
    """Each with how many rows it would show; the other filters of the address stay."""
    saved = {name: params[name] for name in queries.SAVED if name in params}
    others = {name: value for name, value in params.items() if name not in (*queries.SAVED, "cursor")}
    return [
        (label, f"/rectifications{query({**others, **filters})}", filters == saved, counts[name])
        for name, label, filters in CHIPS
    ]


def _units_to_choose(see: Reader) -> list[tuple[int, str]]:
    """(id, name) for the filter by unit: the district's for those who see it all, else one's own where several."""
    chosen = [(unit_id, name) for unit_id, name, _ in units.choices(see)]
    if see.actor.has(Role.SUPERVISOR, Role.DISCIPLINE, Role.LEADER):
        return chosen
    mine = see.actor.units | see.actor.paired
    return [entry for entry in chosen if entry[0] in mine] if len(mine) > 1 else []


# Registering


@router.get("/rectifications/new")
async def register_form(page: Page) -> Response:
    require(page.actor, Role.SUPERVISOR, Role.OFFICE, Role.SCHOOL)
    return await _register_page(page, {})


async def _register_page(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
    whole = page.actor.has(Role.SUPERVISOR)
    choices = await page.read(units.choices)
    offered = [(unit_id, name, kind) for unit_id, name, kind in choices if whole or unit_id in page.actor.units]
    return await page.render(
        "rectifications/new.html",
        page_title="登记问题",
        problem=problem,
        typed=typed,
        labels=LABELS,
        offered=offered,
        unit_kinds=KIND_LABELS,
        sources=[(s.value, label) for s, label in SOURCE_LABELS.items() if s.value != "finding"] if whole else [],
    )


@router.post("/rectifications")
@performs(ops.create)
async def register(page: Page) -> Response:
    typed = await page.form()
    try:
        made = await page.run(ops.create, parse(RectificationCreate, typed))
    except Mendable as problem:
        return await _register_page(page, typed, problem)
    return page.after(f"/rectifications/{made}", "已登记。请填写原因、措施和整改情况，上传印证资料后提交验收。")


# One


@router.get("/rectifications/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


def _gather(see: Reader, row_id: int) -> dict[str, Any]:
    row = queries.one(see, row_id)
    asked = Asked({"rectification_id": row_id}, sort="id")
    waiting, _ = extension_queries.LIST.page(see, asked)
    told = queries.history(see, row_id)
    return {
        "row": row,
        "sent_back_note": _sent_back(told) if row["state"] == "in_progress" else None,
        "evidence": linked(see, "rectifications", row_id),
        "before": queries.proof_before(see, row),
        "extensions": [extension_queries.present(see, each) for each in waiting],
        "papers": documents.of(see, rectification_id=row_id),
        "timeline": told,
        "today": see.today,
    }


def _sent_back(told: list[Entry]) -> str | None:
    """Why the last submission came back, while nothing was handed in since."""
    back, *others = (WORKFLOW.transitions[action].label for action in ("send_back", "reopen", "submit"))
    last = next((entry for entry in told if entry.label in (back, *others)), None)
    return last.note if last is not None and last.label == back else None


async def show(
    page: PageContext,
    id: int,
    problem: Problem | None = None,
    typed: dict[str, Any] | None = None,
    said: str = "",
) -> Response:
    """The row's page; ``said`` what was done before the refusal. After a conflict, what is saved now stands beside."""
    gathered = await page.read(_gather, path_id(id))
    row = gathered["row"]
    if said:
        gathered["flash"] = Flash("info", said)
    step = page.request.url.path.rsplit("/", 1)[-1]
    return await page.render(
        "rectifications/one.html",
        page_title=f"问题整改 {row['number'] or row['id']}",
        problem=problem,
        typed={**row, **(typed or {})},
        saved=_differing(row, typed) if typed and isinstance(problem, Stale) else {},
        shown=_rounds(row, gathered["evidence"], page.request.query_params.get("round")),
        labels=LABELS,
        failed=FAILED.get(step, "没有保存成功"),
        pictures=PICTURES,
        modes=MODE_LABELS,
        extension_states=EXTENSION_STATE_LABELS,
        accept=ACCEPT,
        may_draft=page.actor.has(Role.SUPERVISOR) and row["state"] != "closed",
        **gathered,
        **ABOUT,
        **WORDS,
    )


def _rounds(row: dict[str, Any], evidence: list[dict[str, Any]], asked: str | None) -> dict[str, Any]:
    """The tabs and the rounds to show: the present one, an earlier one by ``?round=1``, or ``?round=all``."""
    present = {**row, "number": row["round"], "state": row["state"], "evidence": evidence, "present": True}
    earlier = []
    for each in reversed(row["rounds"]):
        kept = {(proof["id"], proof["revision"]) for proof in each["content"]["evidence"]}
        proofs = [proof for proof in evidence if (proof["id"], proof["revision"]) in kept]
        earlier.append(
            {**each["content"], "number": each["number"], "state": "closed", "evidence": proofs, "present": False}
        )
    reasons = {each["number"] + 1: each for each in row["rounds"]}
    every = [present, *earlier]
    wanted = [each for each in every if asked == "all" or str(each["number"]) == asked] or [present]
    base = f"/rectifications/{row['id']}"
    tabs: list[tuple[Any, ...]] = []
    if earlier:
        for each in every:
            current = asked != "all" and each is wanted[0]
            label = f"第 {each['number']} 轮"
            tabs.append((label, f"{base}?round={each['number']}", current, RECTIFICATION_STATE_LABELS[each["state"]]))
        tabs.append(("全部过程", f"{base}?round=all", asked == "all"))
    return {"tabs": tabs, "rounds": wanted, "reasons": reasons, "asked": asked}


# The unit's form: its fields are a draft, files go with it. Every button in it keeps all that was filled in.


def _with_form(path: str, operation: Any, said: str) -> None:
    """A button of the form: files chosen and what was typed are kept first, then the step, if any, is taken."""

    @performs(operation)
    async def take(page: Page, id: int) -> Response:
        received, typed, done = Received(), Typed(), ""
        try:
            async with filled_in(page, typed, received):
                if kept := await keep_files(page, typed, received):
                    done = f"已上传 {len(kept)} 份印证资料。"
                if operation is ops.edit or not typed.keys().isdisjoint(RectificationPatch.model_fields):
                    await _save(page, id, typed)
                if operation is not ops.edit:
                    await page.run(operation, path_id(id), note_of(typed))
        except Mendable as problem:
            return await show(page, id, problem, typed, done)
        return page.saved(f"/rectifications/{id}", done + said)

    router.add_api_route(
        f"/rectifications/{{id}}{path}",
        take,
        methods=["POST"],
        name=f"page_{operation.__name__}_rectification",
        max_body_size=ROUTE_LIMIT,
    )


async def _save(page: PageContext, id: int, typed: dict[str, Any]) -> None:
    """Keep what was typed into the unit's form; a field emptied is taken back."""
    fields = {name: typed[name] for name in RectificationPatch.model_fields if name in typed}
    given = parse(RectificationPatch, fields, whole=True)
    version = str(typed.get("version") or "")
    if not version.isdecimal():
        raise Stale("请刷新本页后再保存")
    await page.run(ops.edit, path_id(id), given, int(version[:9]))


async def _keep(page: PageContext, id: int, typed: Typed, said: str, problem: Problem | None) -> Response:
    """After an upload or 撤下 among its fields: what was typed is saved as the draft that it is."""
    try:
        if not problem:
            if _differing(await page.read(queries.one, id), typed):
                await _save(page, id, typed)
                said += "填写的内容已存为草稿。"
            return page.after(f"/rectifications/{id}", said)
    except Mendable as refused:
        problem = refused
    shown = await show(page, id, problem, typed, said)
    shown.headers["content-location"] = f"/rectifications/{id}"
    return shown


BESIDE["rectifications"] = _keep


def _differing(row: dict[str, Any], typed: dict[str, Any]) -> dict[str, str]:
    """What is saved where something else was typed. A browser sends each line's end as two characters."""
    saved = {name: row[name] or "" for name in RectificationPatch.model_fields if name in typed}
    return {name: text for name, text in saved.items() if text.split() != typed[name].split()}


_with_form("", ops.edit, "已保存。填齐并上传印证资料后，请提交验收。")
_with_form("/start", ops.start, "已开始整改。填齐原因、措施和整改情况，上传印证资料后提交验收。")
_with_form("/submit", ops.submit, "已提交验收。验收通过后销号，如被退回请按意见继续整改。")
SAID = {
    "close": "已销号。如问题反弹，可以重启整改。",
    "send_back": "已退回，由责任单位继续整改，时限不变。",
    "reopen": "已重启，进入新一轮整改；上一轮的内容保留。",
}
STEPS = {name: ops.STEPS[name] for name in SAID}
add_step_pages(router, WORKFLOW, STEPS, "/rectifications/{id}", show, SAID)


@router.post("/rectifications/{id}/extensions")
@performs(extensions.request_for_rectification)
async def request_extension(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(extensions.request_for_rectification, path_id(id), parse(ExtensionCreate, typed))
    except Mendable as problem:
        # The row has a deadline of its own, which the one typed must not pass for.
        asked = {"asked_on": typed.get("deadline_on", ""), "reason": typed.get("reason", "")}
        return await show(page, id, problem, asked)
    return page.after(f"/rectifications/{id}", "已申请延期，由局领导批准；批准前时限不变。")
