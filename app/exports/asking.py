"""What an export is of: a list, the row whose part it is, and its filters, checked as the list itself checks them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from app.core.errors import Forbidden, Invalid, invalid
from app.core.exports import LISTS, Listed
from app.core.params import parse_id
from app.core.policy import Actor

MEND = "没有这一列表，请填写网址里 /api/v1/ 之后的路径，如 assignments 或 plans/7/ledger"


class Ask(NamedTuple):
    listed: Listed
    row_id: int | None
    asked: Any


def ask_of(path: str, filters: Mapping[str, str]) -> Ask:
    """422 at ``list`` or at the filter that is wrong."""
    listed, row_id = list_of(path)
    try:
        return Ask(listed, row_id, listed.table.asked(filters))
    except Invalid as problem:
        problem.errors = tuple(each._replace(pointer=f"/filters{each.pointer}") for each in problem.errors)
        raise


def list_of(path: str) -> tuple[Listed, int | None]:
    noun, *rest = path.split("/")
    row_id = None
    if len(rest) == 2 and rest[0].isdigit():
        row_id, rest[0] = parse_id("list", rest[0]), "{id}"
    listed = LISTS.get("/".join((noun, *rest)))
    if listed is None or ("{id}" in listed.path) != (row_id is not None):
        raise invalid("list", MEND)
    return listed, row_id


def admit(actor: Actor, path: str) -> None:
    """403 for a token that may not read the list itself."""
    noun = path.partition("/")[0]
    if not actor.admits(noun, "read"):
        raise Forbidden(f"令牌没有 {noun}:read 这一范围，请换用有这一范围的令牌", code="insufficient_scope")
