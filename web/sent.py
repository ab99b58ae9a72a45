"""A form sent twice, by two presses or by asking for the page again, has one effect and one answer."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Concatenate, ParamSpec, TypeVar

from pydantic import BaseModel, TypeAdapter

from app.core import idempotency
from app.core.bulk_steps import BulkStep
from app.core.errors import Forbidden
from app.core.files import Staged
from app.core.http import Ctx
from app.core.operation import Tx, operation_name
from app.identity.gate import check_csrf

P = ParamSpec("P")
T = TypeVar("T")
ADDS = {
    *("assignment.report", "assignment.urge", "assignment.request_extension", "rectification.request_extension"),
    *("accountability_action.propose", "appraisal_criterion.enter", "archive_box.add_paper"),
    *("campaign.inspect", "complaint.ask", "complaint.inspect", "complaint.remark", "complaint.rectify"),
    *("integrity_risk.add_measure", "major_decision.remark"),
}
"""What adds a row beside everything that is called ``….create``."""
ADDS_ANEW = {
    "document.create": "what it is drafted from says whether there may be another, also after one was voided",
    "evidence.create": "a file is chosen by hand each time, also once more after it was taken off",
    "export_run.create": "what stands in the list has changed since",
    "import_run.create": "the same table is looked at again, after what it lacked was put right",
}
PROOFS = {"evidence_ids"}
"""A browser keeps what was typed and drops the files that were chosen: the same words without them are the same."""


def _adds(name: str, given: Iterable[Any]) -> bool:
    """Of one step on many rows, whether the step does."""
    resource, _, verb = name.partition(".")
    steps = [f"{resource}.{each.action}" for each in given if verb == "bulk" and isinstance(each, BulkStep)]
    return any(each in ADDS for each in (name, *steps)) or (verb == "create" and name not in ADDS_ANEW)


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json", exclude=PROOFS) if isinstance(value, BaseModel) else str(value)


def meant(path: str) -> str:
    """What stands before a rendering's own value on the page that asks whether the same is to be added once more."""
    return f"again-{idempotency.fingerprint(path)[:16]}"


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
    _rendering = ""
    _runs = 0

    def admit(self, typed: dict[str, Any], files: Iterable[tuple[str, Staged]] = (), *, once: bool = True) -> None:
        """Take the hidden field of ``ui.csrf`` out of a form: the session's token (403 without) and, behind a point,
        a value of that one rendering of the form.

        The same rendering with the same fields and files, within ``idempotency.AGAIN``, is the same form, sent again:
        each ``run`` then gives what it gave before, instead of doing it again. A page fetched anew has another value,
        and other fields are another form: what it adds is not added once more before its sender was asked
        (``SentBefore``). Not ``once``: where what comes of it may be kept nowhere, and where each time counts.
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
            self._rendering = rendering
            self._sent = json.dumps([url.path, url.query, rendering, fields, proofs])

    async def run(self, operation: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Perform an operation in a transaction of its own, which looks first whether the form was sent before."""
        if not self._sent:
            return await super().run(operation, *args, **kwargs)
        self._runs += 1
        secret, name = self.settings.secret, operation_name(operation)
        if _adds(name, args):
            given = json.dumps([args, kwargs], default=_plain, sort_keys=True)
            asked = self._rendering.startswith(meant(self.request.url.path))
            sent = idempotency.Sent(idempotency.told_apart(secret, name, given), self._sent, adds=True, meant=asked)
        else:
            sent = idempotency.Sent(idempotency.fingerprint(self._sent, name, str(self._runs)), self._sent)
        shape: TypeAdapter[T] = idempotency.shape_of(operation)

        def act(tx: Tx) -> T:
            return idempotency.once(tx, sent, shape, lambda tx: operation(tx, *args, **kwargs))

        return await self._write(operation, act)
