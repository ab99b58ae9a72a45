"""Archive boxes over JSON."""

from typing import Any

from fastapi import Response
from starlette.responses import StreamingResponse

from app.appointments.models import answered
from app.boxes import operations as ops
from app.boxes import queries, sealing, sorting, tables, wanting
from app.boxes.exporting import ZIP, exported
from app.boxes.models import (
    BoxAdd,
    BoxCreate,
    BoxesByRule,
    BoxExplain,
    BoxFill,
    BoxPaper,
    BoxPatch,
    BoxRemove,
    CataloguePatch,
    HandOver,
)
from app.boxes.rules import WORKFLOW
from app.boxes.schemas import BoxDetail, BoxesMade, BoxRead, CatalogueRead, CompletenessRead, MissingRead
from app.core.exports import add_exports
from app.core.http import Context, add_steps, answer, api_router, path_id
from app.core.models import Page
from app.core.openapi import lists, query_docs
from app.core.operation import performs
from app.evidence.models import EvidenceRead

router = api_router("/archive-boxes", "档案盒")
DETAIL: dict[int | str, dict[str, Any]] = {200: {"model": BoxDetail}}
_FILE = {"type": "string", "format": "binary"}


@router.get("", **lists(queries.LIST, BoxRead))
async def list_(ctx: Context) -> Response:
    """Boxes, newest first."""
    return await ctx.page(queries.LIST, queries.present, queries.with_counts)


add_exports(router, "", tables.BOXES)


@router.post("", status_code=201, responses={201: {"model": BoxDetail}})
@performs(ops.create)
async def create(ctx: Context, body: BoxCreate) -> Response:
    """A box for a unit and a plan; it gets the unit's next number of the year."""
    return await ctx.perform(ops.create, body, show=queries.one, status=201)


@router.post("/by-rule", status_code=201, responses={201: {"model": BoxesMade}})
@performs(sorting.create_by_rule)
async def create_by_rule(ctx: Context, body: BoxesByRule) -> Response:
    """A box for each area or item of a plan, filled with what fits and lies in no other. 409 ``nothing_fits``."""
    return await ctx.perform(sorting.create_by_rule, body, show=queries.these, status=201)


@router.get("/missing", **lists(wanting.LIST, answered(MissingRead)))
async def missing(ctx: Context) -> Response:
    """Assignments without evidence of a kind that their item requires."""
    return answer(await ctx.read(wanting.listed, ctx.request.query_params))


add_exports(router, "/missing", tables.MISSING)
add_exports(router, "/catalogue", tables.CATALOGUES)


@router.get(
    "/completeness",
    responses={200: {"model": CompletenessRead}, 404: {}},
    openapi_extra={"parameters": [query_docs(name, parse) for name, parse in wanting.PARSERS.items()]},
)
async def completeness(ctx: Context) -> Response:
    """What a plan's items require and what is missing of it, by unit and item; the newest plan unless said."""
    return answer(await ctx.read(wanting.completeness, ctx.request.query_params))


add_exports(router, "/completeness", tables.COMPLETENESS)


@router.get("/{id}", responses=DETAIL)
async def read(ctx: Context, id: int) -> Response:
    """A box with its catalogue, what is missing, and its seals."""
    return await ctx.one(queries.one, path_id(id))


@router.patch("/{id}", responses=DETAIL)
@performs(ops.edit)
async def edit(ctx: Context, id: int, body: BoxPatch) -> Response:
    """While it is open."""
    return await ctx.perform(ops.edit, path_id(id), body, ctx.if_match(), show=queries.one)


@router.post("/{id}/fill", responses=DETAIL)
@performs(ops.fill)
async def fill(ctx: Context, id: int, body: BoxFill) -> Response:
    """Put in what fits: evidence linked to the unit's assignments and in no other box."""
    return await ctx.perform(ops.fill, path_id(id), body, show=lambda tx, _: queries.one(tx, id))


@router.get(
    "/{id}/candidates",
    responses={200: {"model": Page[EvidenceRead]}},
    openapi_extra={"parameters": [query_docs(name, parse) for name, parse in queries.ASKED.items()]},
)
async def candidates(ctx: Context, id: int) -> Response:
    """Evidence that may be put in by hand."""
    return answer(await ctx.read(queries.candidates, path_id(id), ctx.request.query_params))


add_exports(router, "/{id}/candidates", tables.CANDIDATES)


@router.post("/{id}/add", responses=DETAIL)
@performs(ops.add)
async def add(ctx: Context, id: int, body: BoxAdd) -> Response:
    """Put in one piece by hand."""
    return await ctx.perform(ops.add, path_id(id), body, show=queries.one)


@router.post("/{id}/add-paper", responses=DETAIL)
@performs(ops.add_paper)
async def add_paper(ctx: Context, id: int, body: BoxPaper) -> Response:
    """Register a piece that is on paper alone."""
    return await ctx.perform(ops.add_paper, path_id(id), body, show=queries.one)


@router.post("/{id}/remove", responses=DETAIL)
@performs(ops.remove)
async def remove(ctx: Context, id: int, body: BoxRemove) -> Response:
    """Take one piece out; the evidence itself stays."""
    return await ctx.perform(ops.remove, path_id(id), body, show=queries.one)


@router.post("/{id}/explain", responses=DETAIL)
@performs(ops.explain)
async def explain(ctx: Context, id: int, body: BoxExplain) -> Response:
    """Say why a required kind is not there (``note``)."""
    return await ctx.perform(ops.explain, path_id(id), body, show=queries.one)


@router.get("/{id}/catalogue", responses={200: {"model": CatalogueRead}})
async def catalogue(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.catalogue, path_id(id))


add_exports(router, "/{id}/catalogue", tables.CATALOGUE)


@router.patch("/{id}/catalogue", responses={200: {"model": CatalogueRead}})
@performs(ops.arrange)
async def arrange(ctx: Context, id: int, body: CataloguePatch) -> Response:
    """All pieces in the order wanted, with pages, copies, retention and item."""
    return await ctx.perform(ops.arrange, path_id(id), body, ctx.if_match(), show=queries.catalogue)


@router.post("/{id}/hand-over", responses=DETAIL)
@performs(sealing.hand_over)
async def hand_over(ctx: Context, id: int, body: HandOver) -> Response:
    """A sealed box to the archive: to whom, and when."""
    return await ctx.perform(sealing.hand_over, path_id(id), body, show=queries.one)


@router.get(
    "/{id}/export",
    response_class=StreamingResponse,
    responses={200: {"content": {ZIP: {"schema": _FILE}}, "description": "全盒压缩包"}},
)
async def export(ctx: Context, id: int) -> Response:
    """The whole box as one ZIP: files by item and unit, 卷内目录.xlsx, cover and spine, manifest.sha256.

    503 ``file_damaged`` before a byte is sent where a file of the store is missing or not what was recorded.
    """
    return await exported(ctx, path_id(id))


add_steps(router, WORKFLOW, sealing.STEPS, queries.one, BoxDetail)
