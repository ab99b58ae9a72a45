"""What the API refuses is wrong in the cell that it came from: one rule, whoever sends the row."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from app.core.errors import Invalid
from app.core.validation import field_errors
from app.imports.columns import doubtful_share
from app.imports.registry import Draft


def by_types(draft: Draft, fields: TypeAdapter[Any]) -> None:
    """The values against the API's own types; ``fields`` is of a TypedDict and leaves out what it does not name."""
    try:
        fields.validator.validate_python(draft.values)
    except ValidationError as error:
        for fault in field_errors(error.errors(include_url=False)):
            draft.wrong(fault.pointer.split("/")[1], fault.detail)


def ask_share(draft: Draft, column: str) -> None:
    """Of a percentage that is a bare 1, or less, ask which it is."""
    if near := doubtful_share(draft.cells.get(column, "")):
        draft.faults = [fault for fault in draft.faults if fault.column != column]
        draft.wrong(column, f"看不出是 {near[1]} 还是 {near[0]}，请带上百分号填写", near)


def by_rule(
    draft: Draft, rule: Callable[[], None], columns: Mapping[str, str] | None = None, near: Sequence[str] = ()
) -> None:
    """A rule of the API; ``columns`` are those of its fields that are called otherwise here."""
    try:
        rule()
    except Invalid as problem:
        for fault in problem.errors:
            name = fault.pointer.strip("/")
            draft.wrong((columns or {}).get(name, name), fault.detail, near)
