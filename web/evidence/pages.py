"""Pages of evidence: the library, one piece, uploading.

**Uploading from another resource's page** (an assignment, a rectification) is a plain form that posts here; each
file becomes one piece of evidence by the same operation as ``POST /api/v1/evidence``, in a transaction of its own::

    <form method="post" action="/evidence/upload" enctype="multipart/form-data" data-upload>
      {{ ui.csrf(csrf) }}                              {# the hidden fields stand before the files #}
      <input type="hidden" name="target" value="assignments">
      <input type="hidden" name="target_id" value="{{ row.id }}">
      <input type="hidden" name="back" value="/assignments/{{ row.id }}">
      {{ form.select("kind", "资料类别", kinds, required=True) }}     {# web.evidence.pages.KINDS #}
      {{ form.files("file", "印证资料", accept=accept) }}            {# app.core.media.ACCEPT #}
      {# optional: title, document_number, evidence_on (today), unit_id (the target's unit) #}
    </form>

Without a title each file is called by its name. A refusal shows the upload page with the reason and what was
typed; files saved before it stay. 从资料库选 is a link to ``/evidence/choose?target=…&target_id=…&back=…``;
taking one off is ``POST /evidence/{id}/unlink`` with csrf, target, target_id, back.
"""

from pathlib import PurePath
from typing import Any

from fastapi import Response

from app.core.calendar import now, today_of
from app.core.errors import Mendable, Problem, invalid
from app.core.files import Received, Staged, display_name, parse_fields
from app.core.http import path_id
from app.core.media import ACCEPT, SHORT
from app.core.operation import performs
from app.core.paging import parse_id
from app.core.policy import Role
from app.evidence import operations as ops
from app.evidence import queries
from app.evidence.api import download
from app.evidence.models import EvidenceCreate, LinkCreate, Unlink
from app.evidence.uploads import ROUTE_LIMIT, uploading
from app.identity.gate import check_csrf
from app.plans.models import EVIDENCE_KIND_LABELS
from web.page import Page, PageContext, local, note_of, page_router, parse

router = page_router()
KINDS = [(kind.value, label) for kind, label in EVIDENCE_KIND_LABELS.items()]
MOST_FILES = 20
WORDS: dict[str, Any] = {"kinds": KINDS, "kind_words": dict(KINDS), "accept": ACCEPT, "short": SHORT}
FIELDS = {
    "file": "文件",
    "title": "标题",
    "kind": "资料类别",
    "evidence_on": "形成日期",
    "document_number": "文号",
    "unit_id": "单位",
}
SHOWN = ("assignments", "rectifications", "findings")
"""Targets that have a page of their own under their noun."""


@router.get("/evidence")
async def list_(page: Page) -> Response:
    found = await page.listed(queries.LIST, queries.present)
    may_upload = page.actor.has(Role.OFFICE, Role.SCHOOL)
    units = await page.read(queries.authors)
    return await page.render(
        "evidence/list.html",
        page_title="印证资料",
        found=found,
        may_upload=may_upload,
        units=units if len(units) > 1 else [],
        **WORDS,
    )


# Uploading


@router.get("/evidence/upload")
async def upload_form(page: Page) -> Response:
    wanted = {name: page.request.query_params.get(name, "") for name in ("target", "target_id", "back", "kind")}
    return await _upload_page(page, wanted)


async def _upload_page(page: PageContext, typed: dict[str, str], problem: Problem | None = None) -> Response:
    target = None
    if typed.get("target"):
        target_id = parse_id("target_id", typed.get("target_id", ""))
        target = await page.read(queries.target_title, typed["target"], target_id)
    home = page.actor.home_units
    typed.setdefault("unit_id", str(home[0]) if len(home) == 1 and not target else "")
    shown = {**typed, "evidence_on": typed.get("evidence_on") or today_of(now()).isoformat()}
    return await page.render(
        "evidence/upload.html",
        page_title="上传印证资料",
        problem=problem,
        typed=shown,
        target=target,
        fields=FIELDS,
        units=await page.read(queries.authors),
        **WORDS,
    )


@performs(ops.create)
async def upload(page: Page) -> Response:
    received = Received()
    saved = 0
    try:
        async with uploading(page, MOST_FILES, received):
            typed = received.values()
            check_csrf(page.actor, typed.pop("csrf", ""))
            back = typed.pop("back", "")
            typed["evidence_on"] = typed.get("evidence_on") or today_of(now()).isoformat()
            if not received.files:
                raise invalid("file", "请选择要上传的文件")
            for _, staged in received.files:
                given = parse_fields(EvidenceCreate, {**typed, "title": _title(typed, staged, len(received.files))})
                await page.run(ops.create, staged, given)
                saved += 1
    except Mendable as problem:
        if saved:
            problem.title, problem.errors = f"已上传 {saved} 份，其余没有上传", ()
        return await _upload_page(page, dict(received.fields), problem)
    return page.after(back or "/evidence", f"已上传 {saved} 份印证资料。")


def _title(typed: dict[str, str], staged: Staged, files: int) -> str:
    """The title typed; for several files followed by each one's name; without one the name alone."""
    name = PurePath(staged.name).stem
    given = typed.get("title", "").strip()
    return (f"{given} · {name}" if files > 1 else given) if given else name


router.add_api_route("/evidence/upload", upload, methods=["POST"], max_body_size=ROUTE_LIMIT)


# One piece


@router.get("/evidence/choose")
async def choose(page: Page) -> Response:
    """Link what is already in the library to a target."""
    params = page.request.query_params
    target, target_id = params.get("target", ""), parse_id("target_id", params.get("target_id", ""))
    found = await page.read(queries.choices, target, target_id)
    return await page.render(
        "evidence/choose.html",
        page_title="从资料库选",
        found=found,
        target=target,
        target_id=target_id,
        back=local(params.get("back", "/evidence")),
        **WORDS,
    )


@router.get("/evidence/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


async def show(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    row = await page.read(queries.one, path_id(id))
    return await page.render(
        "evidence/one.html",
        page_title=row["title"],
        row=row,
        problem=problem,
        typed=typed or {},
        shown_targets=SHOWN,
        **WORDS,
    )


@router.get("/evidence/{id}/file")
async def file(page: Page, id: int) -> Response:
    return await download(page, path_id(id))


@router.post("/evidence/{id}/links")
@performs(ops.link)
async def link(page: Page, id: int) -> Response:
    typed = await page.form()
    back = str(typed.pop("back", "") or f"/evidence/{id}")
    await page.run(ops.link, path_id(id), parse(LinkCreate, typed))
    return page.after(back, "已关联。")


@router.post("/evidence/{id}/unlink")
@performs(ops.unlink)
async def unlink(page: Page, id: int) -> Response:
    typed = await page.form()
    back = str(typed.pop("back", "") or f"/evidence/{id}")
    try:
        await page.run(ops.unlink, path_id(id), parse(Unlink, typed))
    except Mendable as problem:
        return await show(page, id, problem)
    return page.after(back, "已撤下。资料仍在资料库中。")


@performs(ops.revise)
async def revise(page: Page, id: int) -> Response:
    received = Received()
    try:
        async with uploading(page, 1, received):
            typed = received.values()
            check_csrf(page.actor, typed.pop("csrf", ""))
            await page.run(ops.revise, path_id(id), received.file())
            name = display_name(received.file().name)
    except Mendable as problem:
        return await show(page, id, problem)
    return page.after(f"/evidence/{id}", f"已更新为“{name}”。已提交的事项仍用原来的版本。")


router.add_api_route("/evidence/{id}/revisions", revise, methods=["POST"], max_body_size=ROUTE_LIMIT)


@router.post("/evidence/{id}/void")
@performs(ops.void)
async def void(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.void, path_id(id), note_of(typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"/evidence/{id}", "已作废。文件和记录保留，不再计入印证资料。")
