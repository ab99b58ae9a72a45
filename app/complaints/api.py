"""Complaints over JSON: what anyone may send and ask by receipt, and what those who handle them do."""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.routing import APIRoute
from starlette.responses import FileResponse

from app.complaints import files, inspecting, intake, public, queries, registering, tables
from app.complaints import operations as ops
from app.complaints.forms import (
    ByReceipt,
    ComplaintRegister,
    ComplaintSubmit,
    FormRead,
    ReceiptRead,
    RegisteredRead,
    ReporterAnswer,
    ReporterRating,
    StatusRead,
    notice_of,
)
from app.complaints.models import (
    CATEGORY_LABELS,
    Assignment,
    Channel,
    ComplaintDetail,
    ComplaintPatch,
    ComplaintRead,
    Conclusion,
    IdentityRead,
    Prolongation,
    Saying,
    ToRectify,
)
from app.complaints.rules import WORKFLOW
from app.core import idempotency
from app.core.exports import add_exports
from app.core.http import Context, add_steps, answer, api_router, path_id
from app.core.models import Step
from app.core.openapi import lists, query_docs
from app.core.operation import performs
from app.inspections import queries as inspections
from app.inspections.models import InspectionCreate, InspectionDetail

reported = api_router("/public/complaints", "公众举报")
complaints = api_router("/complaints", "信访举报")
READ: dict[int | str, dict[str, Any]] = {200: {"model": ComplaintDetail}}
STATUS: dict[int | str, dict[str, Any]] = {200: {"model": StatusRead}}


# The public's


@reported.get("/form", responses={200: {"model": FormRead}})
async def form(ctx: Context) -> Response:
    """Bureaus, units and categories to choose from, and whom to call where a minor is being harmed."""
    found = await ctx.read(intake.offered)
    return answer(found | {"categories": CATEGORY_LABELS, "notice": notice_of(ctx.settings)})


@reported.post("", status_code=201, responses={201: {"model": ReceiptRead}})
@performs(intake.submit)
async def submit(ctx: Context, body: ComplaintSubmit) -> Response:
    """Report without an account. The receipt is told this once; the same Idempotency-Key with the same body gives the
    same receipt. 422 for what names the stationed discipline team or a person of it, which the commission above hears
    (12388); 429 after too many of one address in a day."""
    nonce = ctx.request.headers.get("idempotency-key", "")[:200]
    return answer(await public.submit(ctx, body, nonce, Channel.INTERFACE), 201)


@reported.post("/status", responses=STATUS)
@performs(intake.look)
async def look(ctx: Context, body: ByReceipt) -> Response:
    """How it stands. 404 for a wrong receipt, 429 after too many of one address in a day."""
    return answer(await public.by_receipt(ctx, intake.look, body))


@reported.post("/answers", responses=STATUS)
@performs(intake.answer)
async def add_answer(ctx: Context, body: ReporterAnswer) -> Response:
    """An answer to what was asked, or what is to be added."""
    return answer(await public.by_receipt(ctx, intake.answer, body))


@reported.post("/ratings", responses=STATUS)
@performs(intake.rate)
async def rate(ctx: Context, body: ReporterRating) -> Response:
    """Once, after the reply."""
    return answer(await public.by_receipt(ctx, intake.rate, body))


@performs(files.add)
async def add_file(ctx: Context) -> Response:
    """A file beside ``receipt``. What a JPEG or PNG says of its camera and place is taken out; of a HEIC photograph it
    cannot be, and ``notice`` says so."""
    return answer(await files.received(ctx))


_FILE = {"type": "string", "format": "binary"}
_FORM = {
    "type": "object",
    "properties": {"receipt": {"type": "string"}, "file": _FILE},
    "required": ["receipt", "file"],
}
reported.add_api_route(
    "/files",
    add_file,
    methods=["POST"],
    responses=STATUS,
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}},
    route_class_override=APIRoute,
    max_body_size=files.ROUTE_LIMIT,
)


# Those who handle them


@complaints.get("", **lists(queries.LIST, ComplaintRead))
async def list_(ctx: Context) -> Response:
    """Newest first; ``overdue=true``: whose next step should have been taken."""
    return await ctx.page(queries.LIST, queries.present)


add_exports(complaints, "", tables.LEDGER)


@complaints.post("", status_code=201, responses={201: {"model": RegisteredRead}})
@performs(registering.register)
async def register(ctx: Context, body: ComplaintRegister) -> Response:
    """What came by letter, visit or telephone, or was handed down. The receipt, for whoever brought it, is told this
    once; the same Idempotency-Key with the same body gives the same one, and no answer is kept for that. 422 for what
    is about one's own unit, oneself or the discipline team, 503 for a name while the key that seals it is missing."""
    nonce = idempotency.check_key(ctx.request.headers.get("idempotency-key")) or ""
    return answer(await ctx.run(registering.register, body, nonce), 201)


@complaints.get("/{id}", responses=READ)
async def read(ctx: Context, id: int) -> Response:
    """With the talk by receipt, notes and files; never with who reported it."""
    return await ctx.one(queries.one, path_id(id))


@complaints.patch("/{id}", responses=READ)
@performs(ops.edit)
async def edit(ctx: Context, id: int, body: ComplaintPatch) -> Response:
    """By the discipline team: whom it is about. A handler whom that rules out is taken off it. 422 for the team itself
    and its people: that is handed on."""
    return await ctx.perform(ops.edit, path_id(id), body, ctx.if_match(), show=queries.one)


add_steps(complaints, WORKFLOW, ops.STEPS, queries.one, ComplaintDetail)


@complaints.post("/{id}/assign", responses=READ)
@performs(ops.assign)
async def assign(ctx: Context, id: int, body: Assignment) -> Response:
    """422 for whoever it concerns: the unit complained of, those above it, the person."""
    return await ctx.perform(ops.assign, path_id(id), body, show=queries.one)


@complaints.post("/{id}/inspect", status_code=201, responses={201: {"model": InspectionDetail}})
@performs(inspecting.inspect)
async def inspect(ctx: Context, id: int, body: InspectionCreate) -> Response:
    """An inspection of the unit complained of, announced or not, by whoever handles it. It tells nobody of the
    complaint; without ``unit_ids`` it is of that unit alone."""
    return await ctx.perform(inspecting.inspect, path_id(id), body, show=inspections.one, status=201)


@complaints.post("/{id}/ask", responses=READ)
@performs(ops.ask)
async def ask(ctx: Context, id: int, body: Saying) -> Response:
    """The reporter reads it by their receipt."""
    return await ctx.perform(ops.ask, path_id(id), body, show=queries.one)


@complaints.post("/{id}/remark", responses=READ)
@performs(ops.remark)
async def remark(ctx: Context, id: int, body: Saying) -> Response:
    """For those who handle it alone."""
    return await ctx.perform(ops.remark, path_id(id), body, show=queries.one)


@complaints.post("/{id}/prolong", responses=READ)
@performs(ops.prolong)
async def prolong(ctx: Context, id: int, body: Prolongation) -> Response:
    """Once, by 30 days at most."""
    return await ctx.perform(ops.prolong, path_id(id), body, show=queries.one)


@complaints.post("/{id}/conclude", responses=READ)
@performs(ops.conclude)
async def conclude(ctx: Context, id: int, body: Conclusion) -> Response:
    """What was found; the reporter reads it once it is replied."""
    return await ctx.perform(ops.conclude, path_id(id), body, show=queries.one)


@complaints.post("/{id}/rectify", responses=READ)
@performs(ops.rectify)
async def rectify(ctx: Context, id: int, body: ToRectify) -> Response:
    """Opens a rectification of the unit complained of; of the bureau's own by the discipline team."""
    return await ctx.perform(ops.rectify, path_id(id), body, show=queries.one)


@complaints.post("/{id}/identify", responses={200: {"model": IdentityRead}})
@performs(ops.identify)
async def identify(ctx: Context, id: int, body: Step | None = None) -> Response:
    """Who reported it, for the handler that was named; ``note`` says why. Takes no Idempotency-Key: each is a reading,
    and no answer is kept."""
    return answer(await ctx.run(ops.identify, path_id(id), body.note if body else None))


@complaints.get(
    "/{id}/file",
    response_class=FileResponse,
    responses={200: {"content": {"*/*": {"schema": _FILE}}, "description": "举报人提交的材料"}},
    openapi_extra={"parameters": [query_docs("number", files.NUMBER)]},
)
async def file(ctx: Context, id: int) -> Response:
    """As an attachment; ``?number=2`` gives the second one."""
    return await files.sent(ctx, path_id(id))


router = APIRouter()
for part in (reported, complaints):
    router.include_router(part)
