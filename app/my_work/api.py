"""我的待办 over JSON."""

from collections.abc import Mapping
from typing import Any

from fastapi import Response
from starlette.datastructures import QueryParams

from app.core.errors import invalid
from app.core.exports import add_exports
from app.core.http import Context, answer, api_router
from app.core.openapi import query_docs
from app.core.paging import DEFAULT_LIMIT, MAX_LIMIT
from app.core.params import Parse, parse_choice, parse_cursor, parse_id, parse_number, read_params
from app.my_work import queries, tables
from app.my_work.kinds import GROUPS

router = api_router("/my-work", "我的待办")
_PARAMETERS: dict[str, tuple[Parse, str]] = {
    "unit": (parse_id, "只看这一身份的：股室或学校的单位编号；全区的身份用本局的编号"),
    "group": (parse_choice(list(GROUPS)), "只列一组，可翻页"),
    "limit": (parse_number(1, MAX_LIMIT), "与 group 一起：每页行数"),
    "cursor": (parse_cursor, "与 group 一起：下一页的位置"),
}
DOCS = {
    "parameters": [query_docs(name, parse, words) for name, (parse, words) in _PARAMETERS.items()],
    "responses": {"404": {}},
}


@router.get("", openapi_extra=DOCS)
async def my_work(ctx: Context) -> Response:
    """What waits for the person, each matter once, in the first group that fits.

    Without ``group`` every group with its count and first rows; with it a page of that group.
    """
    asked = asked_of(ctx.request.query_params)
    if asked["group"] is None:
        return answer(await ctx.read(queries.overview, asked["unit"]))
    return answer(await ctx.read(queries.group, asked["group"], asked["unit"], asked["limit"], asked["cursor"]))


add_exports(router, "", tables.MATTERS)


def asked_of(params: QueryParams | Mapping[str, str]) -> dict[str, Any]:
    """The checked query string. 422 for anything else."""
    given = read_params(params, {name: parse for name, (parse, _) in _PARAMETERS.items()})
    if "group" not in given and (beside := given.keys() & {"limit", "cursor"}):
        raise invalid(min(beside), "请同时写明 group")
    return {"unit": None, "group": None, "limit": DEFAULT_LIMIT, "cursor": None} | given
