"""What a token may be limited to: the nouns of the API's own paths, each to be read or written."""

import difflib
from collections.abc import Iterable, Sequence

from app.core.errors import FieldError, Invalid
from app.core.http import noun_of

PREFIX = "/api/v1/"
VERBS = ("read", "write")
NOUNS: set[str] = set()
"""Filled by ``app.main`` from the routes, so that there is no second list to keep."""


def register(paths: Iterable[str]) -> None:
    NOUNS.update(map(noun_of, paths))


def check(scopes: Sequence[str]) -> None:
    """422 at each scope that opens nothing, with what may have been meant."""
    known = {f"{noun}:{verb}" for noun in NOUNS for verb in VERBS}
    errors = [FieldError(f"/scopes/{n}", _mend(scope)) for n, scope in enumerate(scopes) if scope not in known]
    if errors:
        raise Invalid(errors[0].detail, errors=errors)


def _mend(scope: str) -> str:
    noun, _, verb = scope.partition(":")
    if noun in NOUNS:
        near = [f"{noun}:{each}" for each in VERBS]
    else:
        verb = verb if verb in VERBS else VERBS[0]
        near = [f"{each}:{verb}" for each in difflib.get_close_matches(noun.lower(), NOUNS, n=3)]
    mend = f"相近的有 {'、'.join(near)}" if near else f"请写网址里 {PREFIX} 之后的名称，如 assignments:read"
    return f"没有“{scope}”这一范围，{mend}"
