"""Pages of evidence: the library, one piece, uploading.

**Uploading from another resource's page** (an assignment, a rectification) is a plain form that posts here; each
file becomes one piece of evidence by the same operation as ``POST /api/v1/evidence``, in a transaction of its own::

    <form method="post" action="/evidence/upload" enctype="multipart/form-data" data-upload>
      {{ ui.csrf(csrf) }}                              {# the hidden fields stand before the files #}
      <input type="hidden" name="target" value="findings">
      <input type="hidden" name="target_id" value="{{ row.id }}">
      <input type="hidden" name="back" value="/findings/{{ row.id }}">
      {{ form.select("kind", "资料类别", kinds, required=True) }}     {# web.evidence.pages.KINDS #}
      {{ form.files("file", "印证资料", accept=accept) }}            {# app.core.media.ACCEPT #}
      {# optional: title, document_number, evidence_on (today), unit_id (the target's unit) #}
    </form>

Without a title each file is called by its name. A refusal shows the upload page with the reason and what was
typed; files saved before it stay. 从资料库选 is a link to ``/evidence/choose?target=…&target_id=…&back=…``;
taking one off is ``POST /evidence/{id}/unlink`` with csrf, target, target_id, back.

**Where other fields are typed on the same page** there is one form for all of them, so that no button loses what
stands beside it: the upload's fields and 撤下 belong to it by ``form="…"``, their buttons lead here by
``formaction``, and ``beside=1`` takes the place of ``back``. Its page puts its ``Keep`` into ``BESIDE``. Its own
handlers read it by ``filled_in`` and keep the files chosen by ``keep_files``.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import PurePath
from typing import Any

from fastapi import Response

from app.core.calendar import now, today_of
from app.core.errors import BadRequest, FieldError, Invalid, Mendable, Problem, invalid
from app.core.files import Received, Staged, display_name, parse_fields
from app.core.http import path_id
from app.core.media import ACCEPT, SHORT
from app.core.operation import performs
from app.core.params import parse_id
from app.core.policy import Role, require
from app.core.uploads import uploading
from app.evidence import operations as ops
from app.evidence import queries, tables
from app.evidence.api import download
from app.evidence.models import EvidenceCreate, LinkCreate, Unlink
from app.evidence.targets import TARGETS
from app.evidence.uploads import ROUTE_LIMIT
from app.plans.models import EVIDENCE_KIND_LABELS
from web.page import Page, PageContext, Typed, note_of, page_router, parse
from web.site import local
from web.tables import add_exports

router = page_router()
add_exports(router, "/evidence", tables.EVIDENCE)
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
SHOWN = (
    *("assignments", "rectifications", "findings", "filings", "major-decisions", "accountability-actions"),
    *("briefs", "liaison-visits", "venue-activities", "cases", "self-checks", "risk-measures", "appraisal-appeals"),
    "appraisal-deductions",
)
"""Targets that have a page of their own under their noun."""
Keep = Callable[[PageContext, int, Typed, str, Problem | None], Awaitable[Response]]
BESIDE: dict[str, Keep] = {}
"""target → ``keep(page, id, typed, said, problem)``: its page after an upload or 撤下 from among its own fields, with
what was typed there saved or shown again; ``said`` what was done, ``problem`` why not."""


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
    require(page.actor, Role.OFFICE, Role.SCHOOL)
    wanted = {name: page.request.query_params.get(name, "") for name in ("target", "target_id", "back", "kind")}
    return await _upload_page(page, wanted)


async def _upload_page(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
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
    received, typed, count = Received(), Typed(), 0
    try:
        async with filled_in(page, typed, received):
            if not received.files:
                raise invalid("file", "请选择要上传的文件")
            count = len(await keep_files(page, typed, received))
    except Mendable as problem:
        return await _beside(page, typed, "", problem) or await _upload_page(page, typed, problem)
    said = f"已上传 {count} 份印证资料。"
    return await _beside(page, typed, said) or page.after(typed["back"] or "/evidence", said)


async def _beside(page: PageContext, typed: Typed, said: str, problem: Problem | None = None) -> Response | None:
    """The target's own page, where the button stood among its fields."""
    keep = BESIDE.get(typed["target"]) if typed["beside"] else None
    if keep is None:
        return None
    target_id = parse_id("target_id", typed["target_id"])
    page.shown_at = f"/{typed['target']}/{target_id}"
    return await keep(page, target_id, typed, said, problem)


def shown_again(noun: str, show: Callable[..., Awaitable[Response]], *fields: str) -> Keep:
    """A ``Keep`` for a form without a draft: what was typed is shown again, unsaved, where one of ``fields`` holds
    anything."""

    async def keep(page: PageContext, id: int, typed: Typed, said: str, problem: Problem | None) -> Response:
        if not problem:
            if not any(str(typed[field]).strip() for field in fields):
                return page.after(f"/{noun}/{id}", said)
            said += "填写的内容还没有提交。"
        shown = await show(page, id, problem, typed, said)
        shown.headers["content-location"] = f"/{noun}/{id}"
        return shown

    return keep


@asynccontextmanager
async def filled_in(
    page: PageContext, typed: Typed, received: Received, most_files: int = MOST_FILES
) -> AsyncIterator[None]:
    """A form with file fields: what was typed goes into ``typed``, what was chosen into ``received``.

    Like ``page.form`` it wants the session's token (403), and texts and files where they belong (400). ``typed``
    holds what came, also when a file was refused.
    """
    if not page.request.headers.get("content-type", "").startswith("multipart/"):
        typed.update(await page.form())
        yield
        return
    try:
        async with uploading(page, most_files, received):
            typed.update(received.values())
            page.admit(typed, received.files)
            for name in (name for name, _ in received.files if name not in ("file", "file[]")):
                raise BadRequest(f"{name[:40]} 这里不能是文件", code="unexpected_file")
            yield
    finally:
        if not typed:
            typed.update(received.fields)


async def keep_files(page: PageContext, typed: Typed, received: Received, report_id: int | None = None) -> list[int]:
    """Each file chosen as a piece of evidence of its own; their ids, which ``typed["brought"]`` collects for a form
    shown again. Where one is refused, those before it stay. ``report_id``: the same report, saved before.
    """
    fields = {name: typed[name] for name in EvidenceCreate.model_fields if name in typed}
    fields["evidence_on"] = fields.get("evidence_on") or today_of(now()).isoformat()
    count = len(received.files)
    pieces = [(staged, _piece(fields, _title(typed, staged, count))) for _, staged in received.files]
    made: list[int] = []
    for staged, given in pieces:
        try:
            made.append(await page.run(ops.create, staged, given, report_id))
        except Mendable as problem:
            if made:
                problem.title, problem.errors = f"已上传 {len(made)} 份，其余没有上传", ()
            raise
        typed["brought"] = " ".join([*str(typed["brought"]).split(), str(made[-1])])
    return made


def _piece(fields: Mapping[str, str], title: str) -> EvidenceCreate:
    try:
        return parse_fields(EvidenceCreate, {**fields, "title": title})
    except Invalid as problem:
        if not fields.get("kind"):
            others = [each for each in problem.errors if each.pointer != "/kind"]
            problem.errors = (FieldError("/kind", "请选择资料类别"), *others)
        raise


def _title(typed: dict[str, str], staged: Staged, files: int) -> str:
    """The title typed; for several files followed by each one's name; without one the name alone."""
    name = PurePath(staged.name).stem
    given = typed.get("title", "").strip()
    return (f"{given} · {name}" if files > 1 else given) if given else name


router.add_api_route("/evidence/upload", upload, methods=["POST"], max_body_size=ROUTE_LIMIT)


# One piece


@router.get("/evidence/choose")
async def choose(page: Page) -> Response:
    """Link what is already in the library to a target; ``q`` and ``kind`` narrow what is offered."""
    params = page.params
    back = local(params.pop("back", "/evidence"))
    target, target_id = params.get("target", ""), parse_id("target_id", params.get("target_id", ""))
    asked = queries.CHOICES.asked({"target": target, **params})
    return await page.render(
        "evidence/choose.html",
        page_title="从资料库选",
        may_upload=page.actor.has(Role.OFFICE, Role.SCHOOL),
        found=await page.read(queries.choices, asked),
        params=Typed(params),
        here={"target": target, "target_id": target_id, "back": back},
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
        nouns={each.name: each.label for each in TARGETS.values()},
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


@performs(ops.unlink)
async def unlink(page: Page, id: int) -> Response:
    received, typed = Received(), Typed()
    try:
        async with filled_in(page, typed, received):
            target = {name: typed[name] for name in Unlink.model_fields if name in typed}
            await page.run(ops.unlink, path_id(id), parse(Unlink, target))
    except Mendable as problem:
        return await _beside(page, typed, "", problem) or await show(page, id, problem)
    said = "已撤下。资料仍在资料库中。" + ("选好的文件还没有上传，请重新选择。" if received.files else "")
    return await _beside(page, typed, said) or page.after(typed["back"] or f"/evidence/{id}", said)


# It may be pressed with files chosen beside it: see ``filled_in``.
router.add_api_route("/evidence/{id}/unlink", unlink, methods=["POST"], max_body_size=ROUTE_LIMIT)


@performs(ops.revise)
async def revise(page: Page, id: int) -> Response:
    received = Received()
    try:
        async with uploading(page, 1, received):
            typed = received.values()
            page.admit(typed, received.files)
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
