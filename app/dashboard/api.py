"""The dashboard over JSON."""

from fastapi import Response

from app.core.exports import add_exports
from app.core.http import Context, answer, api_router
from app.core.openapi import query_docs
from app.core.params import parse_id, read_params
from app.dashboard import queries, tables

router = api_router("/dashboard", "统计看板")
DOCS = {"parameters": [query_docs("plan_id", parse_id)], "responses": {"404": {}}}


@router.get("", openapi_extra=DOCS)
async def dashboard(ctx: Context) -> Response:
    """All figures of a plan over what the actor may see: lamps, areas, weeks, units, ranking with its formula."""
    asked = read_params(ctx.request.query_params, {"plan_id": parse_id})
    return answer(await ctx.read(queries.dashboard, asked.get("plan_id")))


add_exports(router, "/ranking", tables.RANKING)
