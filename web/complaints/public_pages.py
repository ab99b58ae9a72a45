"""The public's own pages, without scripts and cookies; the receipt is sent by POST alone, never in an address."""

import secrets
from typing import Any

from fastapi import Response
from starlette.responses import HTMLResponse

from app.complaints import files, intake, public
from app.complaints.forms import ByReceipt, ComplaintSubmit, ReporterAnswer, ReporterRating, notice_of
from app.core.errors import BadRequest, Problem
from app.core.forms import read_form
from app.core.operation import performs
from web.complaints.words import LABELS, WORDS
from web.page import Page, PageContext, Typed, field_of, page_router, parse

router = page_router()


async def _show(page: PageContext, template: str, title: str, problem: Problem | None = None, **more: Any) -> Response:
    """Not by ``PageContext.render``: nothing of a session is read, and no cookie is touched."""
    context = {
        **page.site.shell(page.actor, "/report"),
        **{"page_title": title, "problem": problem, "bureau": "", "notice": notice_of(page.settings)},
        "errors": Typed((field_of(each.pointer), each.detail) for each in (problem.errors if problem else ())),
        **WORDS,
        **{"receipt": "", "done": "", "labels": LABELS, **more},
    }
    context["typed"] = Typed(context.get("typed") or {})
    html = page.site.render(template, context)
    return HTMLResponse(html, problem.status if problem else 200, problem.headers if problem else None)


async def _typed(page: PageContext) -> Typed:
    """No session, so no token of one; 400 for a field twice or a file out of place."""
    data, typed = await read_form(page.request), Typed()
    for name in data:
        values = data.getlist(name)
        if len(values) > 1:
            raise BadRequest(f"表单里 {name[:40]} 出现了两次", code="duplicate_field")
        if not isinstance(values[0], str):
            raise BadRequest(f"{name[:40]} 这里不能是文件", code="unexpected_file")
        typed[name] = values[0]
    return typed


# Reporting


@router.get("/report")
async def form(page: Page) -> Response:
    return await _form(page, {"bureau_id": page.params.get("bureau_id", "")})


async def _form(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
    found = await page.read(intake.offered)
    bureaus = found["bureaus"]
    chosen = [each for each in bureaus if len(bureaus) == 1 or str(each["id"]) == typed.get("bureau_id")]
    mine = chosen[0] if chosen else None
    return await _show(
        page,
        "complaints/report.html",
        "反映问题",
        problem,
        typed=typed,
        nonce=typed.get("nonce") or secrets.token_urlsafe(24),
        bureaus=bureaus,
        bureau=mine["name"] if mine else "",
        bureau_id=mine["id"] if mine else "",
        units=[(unit["id"], unit["name"]) for unit in found["units"] if mine and unit["bureau_id"] == mine["id"]],
        workdays=page.settings.complaint_reply_workdays,
    )


@router.post("/report")
@performs(intake.submit)
async def submit(page: Page) -> Response:
    """The receipt stands on the answer itself: an address to go on to would have to name it."""
    typed = await _typed(page)
    nonce = typed.pop("nonce", "")[:200]
    try:
        shown = await public.submit(page, parse(ComplaintSubmit, typed), nonce)
    except Problem as problem:
        return await _form(page, {**typed, "nonce": nonce}, problem)
    return await _show(page, "complaints/receipt.html", "已收到", **shown)


# By receipt


@router.get("/report/status")
async def lookup(page: Page) -> Response:
    return await _lookup(page)


async def _lookup(page: PageContext, problem: Problem | None = None, typed: dict[str, Any] | None = None) -> Response:
    return await _show(page, "complaints/lookup.html", "凭回执码查询", problem, typed=typed)


@router.post("/report/status")
@performs(intake.look)
async def look(page: Page) -> Response:
    typed = await _typed(page)
    try:
        row = await public.by_receipt(page, intake.look, parse(ByReceipt, typed))
    except Problem as problem:
        return await _lookup(page, problem, typed)
    return await _status(page, row, typed["receipt"])


async def _status(page: PageContext, row: dict[str, Any], receipt: str, **more: Any) -> Response:
    return await _show(page, "complaints/status.html", row["state_label"], row=row, receipt=receipt, **more)


@router.post("/report/answers")
@performs(intake.answer)
async def answer(page: Page) -> Response:
    typed = await _typed(page)
    try:
        row = await public.by_receipt(page, intake.answer, parse(ReporterAnswer, typed))
    except Problem as problem:
        return await _again(page, typed, problem)
    return await _status(page, row, typed["receipt"], done="已收到您的补充。")


@router.post("/report/ratings")
@performs(intake.rate)
async def rate(page: Page) -> Response:
    typed = await _typed(page)
    try:
        row = await public.by_receipt(page, intake.rate, parse(ReporterRating, typed))
    except Problem as problem:
        return await _again(page, typed, problem)
    return await _status(page, row, typed["receipt"], done="已收到您的评价，谢谢。")


async def _again(page: PageContext, typed: Typed, problem: Problem) -> Response:
    """The status with what was typed and what is wrong with it; without a right receipt, where one is asked for."""
    if problem.status in (404, 429, 503):
        return await _lookup(page, problem, typed)
    try:
        row = await public.by_receipt(page, intake.look, parse(ByReceipt, {"receipt": typed["receipt"]}))
    except Problem as unknown:
        return await _lookup(page, unknown, typed)
    return await _status(page, row, typed["receipt"], typed=typed, problem=problem)


@performs(files.add)
async def add_file(page: Page) -> Response:
    typed = Typed()
    if not page.request.headers.get("content-type", "").lower().startswith("multipart/"):
        typed = await _typed(page)  # No browser's form: it is refused, and keeps what was typed all the same.
    try:
        row = await files.received(page, typed)
    except Problem as problem:
        return await _again(page, typed, problem)
    return await _status(page, row, typed["receipt"], done="已收到这份材料。")


router.add_api_route("/report/files", add_file, methods=["POST"], max_body_size=files.ROUTE_LIMIT)
