"""A form sent twice, by two presses or by asking for the page again, has one effect and one answer."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Concatenate, ParamSpec, TypeVar

from pydantic import TypeAdapter

from app.core import idempotency
from app.core.errors import Forbidden
from app.core.files import Staged
from app.core.http import Ctx
from app.core.operation import Tx, operation_name
from app.identity.gate import check_csrf

P = ParamSpec("P")
T = TypeVar("T")


def _written(typed: dict[str, Any]) -> list[str]:
    """The words of a form that came too late, to be copied: what the page sent along by itself is no words."""
    each = (
        (name, value) for name, values in typed.items() for value in (values if isinstance(values, list) else [values])
    )
    return [
        str(value) for name, value in each if not str(value).isascii() and "password" not in name and name != "again"
    ]


class SentOnce(Ctx):
    _sent = ""
    """All that was sent, with the value of that one rendering of the form; nothing where it is done each time."""
    _runs = 0

    def admit(self, typed: dict[str, Any], files: Iterable[tuple[str, Staged]] = (), *, once: bool = True) -> None:
        """Take the hidden field of ``ui.csrf`` out of a form: the session's token (403 without) and, behind a point,
        a value of that one rendering of the form.

        The same rendering with the same fields and files, within ``idempotency.AGAIN``, is the same form, sent again:
        each ``run`` then gives what it gave before, instead of doing it again. A page fetched anew has another value,
        and other fields are another form. Not ``once``: where what comes of it may be kept nowhere, and where each time
        counts.
        """
        token, _, rendering = str(typed.pop("csrf", "")).partition(".")
        try:
            check_csrf(self.actor, token)
        except Forbidden as problem:
            problem.unkept = _written(typed)
            raise
        if once and rendering:
            url, fields = self.request.url, sorted(typed.items())
            proofs = [(name, staged.name, staged.sha256) for name, staged in files]
            self._sent = json.dumps([url.path, url.query, rendering, fields, proofs])

    async def run(self, operation: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Perform an operation in a transaction of its own, which looks first whether the form was sent before."""
        if not self._sent:
            return await super().run(operation, *args, **kwargs)
        self._runs += 1
        key = idempotency.fingerprint(self._sent, operation_name(operation), str(self._runs))
        shape: TypeAdapter[T] = idempotency.shape_of(operation)

        def act(tx: Tx) -> T:
            return idempotency.once(tx, key, shape, lambda tx: operation(tx, *args, **kwargs))

        return await self._write(operation, act)
