"""Importing a table: upload, look through what it would do, put cells right, write, take back."""

from typing import Any

from fastapi import Response

from app.core.errors import Mendable, Problem
from app.core.files import Received
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.imports import operations as ops
from app.imports import queries, registry, tables
from app.imports.models import BUSY_LABELS, KIND_LABELS, Correction, RowKind, RunState
from app.imports.registry import IMPORTABLES
from app.imports.rules import WORKFLOW
from app.imports.uploads import MOST_MIB, ROUTE_LIMIT, committing, received_source
from app.setup.queries import goes_on
from web.page import Page, PageContext, add_step_pages, page_router, parse
from web.site import query
from web.tables import add_exports

router = page_router()
add_exports(router, "/imports", tables.RUNS)
LOOKED_AT = "new,changed,wrong"
"""What a person goes through before writing: everything but what stays as it is."""
STATE_TAGS = {RunState.CHECKED: "warn", RunState.COMMITTED: "ok", RunState.UNDONE: "mute", RunState.DISCARDED: "mute"}
KIND_TAGS = {RowKind.NEW: "ok", RowKind.CHANGED: "info", RowKind.UNCHANGED: "mute", RowKind.WRONG: "bad"}
WORDS: dict[str, Any] = {
    "states": WORKFLOW.labels,
    "state_tags": STATE_TAGS,
    "busy_labels": BUSY_LABELS,
    "kinds": KIND_LABELS,
    "kind_tags": KIND_TAGS,
}


@router.get("/imports")
async def list_(page: Page) -> Response:
    listed = await page.listed(queries.LIST, queries.present)
    return await page.render(
        "imports/list.html",
        page_title="导入记录",
        found=listed,
        resources=queries.labels(),
        may_import=any(each.open_to(page.actor) for each in IMPORTABLES.values()),
        **WORDS,
    )


@router.get("/imports/new")
async def new(page: Page) -> Response:
    registry.admit(page.actor)
    return await show_form(page, {"resource": page.params.get("resource", "")})


async def show_form(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
    mine = [each for each in IMPORTABLES.values() if each.open_to(page.actor)]
    return await page.render(
        "imports/new.html",
        page_title="导入表格",
        problem=problem,
        typed=typed,
        importables=mine,
        most_mib=MOST_MIB,
        **WORDS,
    )


async def received(page: PageContext, into: Received) -> tuple[int, bool]:
    """The import that the request's file began, and whether a job goes through it since it is long."""

    def check(fields: dict[str, str]) -> None:
        page.admit(fields, into.files)

    async with received_source(page, into, check) as (source, given):
        long = source.sheet.rows > ops.AT_ONCE
        return await page.run(ops.receive if long else ops.create, source, given), long


@performs(ops.create)
async def create(page: Page) -> Response:
    into = Received()
    try:
        run_id, long = await received(page, into)
    except Mendable as problem:
        return await show_form(page, dict(into.fields), problem)
    said = "已收到，正在逐行核对，还没有写入任何内容。" if long else "已逐行核对，还没有写入任何内容。"
    return page.after(f"/imports/{run_id}", said)


router.add_api_route("/imports", create, methods=["POST"], max_body_size=ROUTE_LIMIT)


@router.get("/imports/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, path_id(id))


async def show(page: PageContext, id: int, problem: Problem | None = None, typed: Any = None) -> Response:
    asked = typed if typed is not None else page.params
    params = {name: str(asked[name]) for name in ("kind", "cursor") if asked.get(name)}

    def look(see: Reader) -> dict[str, Any]:
        run = queries.one(see, id)
        shown = params if "kind" in params else params | {"kind": first_kinds(run)}
        return {"run": run, "params": shown, "rows": queries.rows_of(see, id, shown), "setting_up": goes_on(see)}

    found = await page.read(look)
    if page.partial and asked.get("busy") and asked["busy"] != found["run"]["busy"]:
        return refreshed()
    resource = IMPORTABLES[found["run"]["resource"]]
    places = [(at, name) for at, name in enumerate(found["run"]["columns"]) if name]
    return await page.render(
        "imports/one.html",
        block="preview",
        page_title=found["run"]["filename"],
        problem=problem,
        resource=resource,
        following=resource.following if resource.open_to(page.actor) else None,
        headings={column.name: column.heading for column in resource.columns},
        columns=[(at, name, found["run"]["headings"][at]) for at, name in places],
        unknown=[
            word
            for word, name in zip(found["run"]["headings"], found["run"]["columns"], strict=False)
            if word and not name
        ],
        tiles=tiles_of(found["run"], found["params"]["kind"]),
        next=f"/imports/{id}{query(found['params'], cursor=found['rows']['next'])}" if found["rows"]["next"] else None,
        **found,
        **WORDS,
    )


def refreshed() -> Response:
    """The whole page says other things now: its head, its steps."""
    return Response(headers={"hx-refresh": "true"})


def first_kinds(run: dict[str, Any]) -> str:
    """What is shown first: what wants looking at, or all where there is nothing of the kind."""
    waiting = run["new_count"] + run["changed_count"] + run["wrong_count"]
    return LOOKED_AT if waiting else RowKind.UNCHANGED.value


def tiles_of(run: dict[str, Any], kind: str) -> list[tuple[str, int, str, str, bool]]:
    """(words, count, note, address, whether it is the one shown)."""
    counts = {each: run[f"{each}_count"] for each in RowKind}
    waiting = run["row_count"] - counts[RowKind.UNCHANGED]
    near = f"，{run['suggestion_count']} 处有建议" if run["suggestion_count"] else ""
    notes = {
        RowKind.NEW: "写入后新建",
        RowKind.CHANGED: f"共 {run['change_count']} 处改动",
        RowKind.UNCHANGED: "与系统一致，不写入",
        RowKind.WRONG: f"{run['fault_count']} 处{near}" if counts[RowKind.WRONG] else "没有错误",
    }
    first = ("需要查看", waiting, "新增、更新和错误", f"/imports/{run['id']}?kind={LOOKED_AT}", kind == LOOKED_AT)
    others = [
        (label, counts[each], notes[each], f"/imports/{run['id']}?kind={each}", kind == each)
        for each, label in KIND_LABELS.items()
    ]
    return [first, *others]


# Putting right


@router.post("/import-rows/{id}/correct")
@performs(ops.correct)
async def correct(page: Page, id: int) -> Response:
    """One cell; with scripts the preview is swapped, else it is shown again where it stood."""
    typed = await page.form()
    run_id = await page.read(queries.run_of_row, path_id(id))
    back = {name: str(typed.pop(name, "")) for name in ("kind", "cursor")}
    try:
        await page.run(ops.correct, id, parse(Correction, typed))
    except Mendable as problem:
        return await show(page, run_id, problem, back)
    return await after_change(page, run_id, back)


@router.post("/imports/{id}/accept-suggestions")
@performs(ops.accept_suggestions)
async def accept_suggestions(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.accept_suggestions, path_id(id))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return await after_change(page, id, typed)


async def after_change(page: PageContext, run_id: int, back: dict[str, Any]) -> Response:
    run = await page.read(queries.one, run_id)
    if page.partial:
        return refreshed() if run["busy"] else await show(page, run_id, typed=back)
    said = "已改正，正在重新核对。" if run["busy"] else "已改正并重新核对。"
    return page.after(f"/imports/{run_id}{query({k: back.get(k) for k in ('kind', 'cursor')})}", said)


# Writing


@router.post("/imports/{id}/commit")
@performs(ops.commit)
async def commit(page: Page, id: int) -> Response:
    return await written(page, id, ops.commit)


@router.post("/imports/{id}/commit-valid")
@performs(ops.commit_valid)
async def commit_valid(page: Page, id: int) -> Response:
    return await written(page, id, ops.commit_valid)


async def written(page: PageContext, id: int, operation: Any) -> Response:
    typed = await page.form()
    try:
        done = await committing(page, id, page.run(operation, path_id(id)))
    except Mendable as problem:
        return await show(page, id, problem, {})
    said = "正在写入。" if done.queued else "已写入。没有人改动之前可以整批撤销。"
    return page.after(str(typed["back"] or f"/imports/{id}"), said)


def undone(see: Reader, run_id: int) -> str:
    return "正在撤销。" if queries.one(see, run_id)["busy"] else "已撤销，系统恢复到导入之前。"


add_step_pages(
    router,
    WORKFLOW,
    {"discard": ops.discard, "undo": ops.undo},
    "/imports/{id}",
    show,
    {"discard": "已取消，没有写入任何内容。", "undo": undone},
)
