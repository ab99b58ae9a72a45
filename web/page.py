"""A page's request: the same operations and queries as the JSON API, forms in, HTML out.

``PageContext`` adds to ``Ctx`` what a browser needs: rendering, forms with the session's CSRF token, a word
about what was done after a redirect, and step routes made from a workflow. A form that is sent twice has one effect and
one answer: ``web/sent.py``.
"""

from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Mapping
from typing import Annotated, Any, NamedTuple, TypeVar
from urllib.parse import quote, unquote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from markupsafe import escape
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile
from starlette.responses import HTMLResponse, RedirectResponse

from app.core.bulk_steps import BulkStep
from app.core.errors import BadRequest, Invalid, Mendable, Problem, Stale
from app.core.forms import read_form
from app.core.http import NounRouter, check_path_ids, path_id
from app.core.idempotency import SentBefore
from app.core.models import Step
from app.core.operation import Reader, performs
from app.core.paging import Listing
from app.core.policy import BUSINESS
from app.core.validation import field_errors
from app.core.workflow import Transition, Workflow
from app.identity.gate import cookie_name
from app.my_work.waiting import waiting_count
from app.notifications.queries import unread_count
from web.sent import SentOnce, meant
from web.site import Flash, Site, local

M = TypeVar("M", bound=BaseModel)
UNCHANGED = "没有改动：提交的内容与已保存的相同。"
LISTS = frozenset(
    {"ids", "unit_ids", "team_unit_ids", "team_user_ids", "host_ids", "includes", "excludes", "copy_unit_ids"}
    | {"kinds", "stages", "required_evidence", "item_ids"}
    | {"assignment_ids", "inspection_ids", "resources", "scopes"}
    | {"in_charge_unit_ids", "triggers"}
    | {"step_line", "step_text", "step_person", "step_deadline_on"}
    | {"measure_text", "measure_weight", "measure_standard"}
    | {"left_out", "topics"}
    | {"evidence_ids", "positions", "plan_item_ids", "pages", "copies", "retentions"}
    | {"entry_ids", "document_numbers", "evidence_ons"}
    | {"office_ids", "risk_ids"}
)
"""Fields of which several may come, each sent as ``<name>[]``."""


class Typed(dict[str, Any]):
    """A form's fields as typed; a field with several values is a list, one that was not there is empty."""

    def __missing__(self, name: str) -> str:
        return ""


class Listed(NamedTuple):
    """A page of a list: its rows, the cursor of the next one, the total where asked, and the address's parameters."""

    rows: list[dict[str, Any]]
    next: str | None
    total: int | None
    params: dict[str, str]


class PageContext(SentOnce):
    shown_at: str | None = None
    """The address of the page, where the form that was sent has another: the navigation marks the page's section."""

    @property
    def site(self) -> Site:
        site: Site = self.request.app.state.site
        return site

    @property
    def partial(self) -> bool:
        """Whether htmx asks for a fragment."""
        return self.request.headers.get("hx-request-type") == "partial"

    @property
    def params(self) -> dict[str, str]:
        """The address's parameters; a form's empty ones are none."""
        return {name: value for name, value in self.request.query_params.items() if value != ""}

    async def render(
        self,
        template: str,
        *,
        block: str | None = None,
        status: int = 200,
        problem: Problem | None = None,
        **context: Any,
    ) -> Response:
        """A page; ``block`` alone when htmx asked for a fragment. ``problem`` fills the error summary."""
        waiting, unread = await self.read(_counts)
        flash = self._flash()
        shell = self.site.shell(self.actor, self.shown_at or self.request.url.path, waiting, flash, unread)
        errors = Typed((field_of(error.pointer), error.detail) for error in (problem.errors if problem else ()))
        full = {**shell, "page_title": "", "problem": problem, "errors": errors, "outcome": None, **context}
        if isinstance(problem, SentBefore):
            full["csrf"] += f".{meant(self.request.url.path)}"
        full["typed"] = Typed(full.get("typed") or {})
        html = self.site.render(template, full, block if self.partial else None, self.params)
        if isinstance(problem, Mendable) and (unkept := _unkept(full["typed"], html)):
            problem.unkept = unkept
            html = self.site.render(template, full, block if self.partial else None, self.params)
        response = HTMLResponse(html, problem.status if problem else status)
        if flash:
            response.delete_cookie(self._flash_cookie, secure=self.settings.https, httponly=True, samesite="lax")
        return response

    async def listed(
        self,
        listing: Listing,
        present: Callable[[Any, Any], dict[str, Any]],
        complete: Callable[[Any, list[dict[str, Any]]], None] | None = None,
    ) -> Listed:
        """A list's page by the address's own parameters, as the JSON list takes them; empty ones are none."""
        params = self.params
        asked = listing.asked(params)

        def query(see: Any) -> Listed:
            rows, following = listing.page(see, asked)
            total = listing.count(see, asked) if asked.count else None
            shown = [present(see, row) for row in rows]
            if complete:
                complete(see, shown)
            return Listed(shown, following, total, params)

        query.__dict__["unbounded"] = asked.unbounded
        return await self.read(query)

    async def form(self, *, once: bool = True) -> Typed:
        """The submitted form. 403 without the session's token, 400 for a single field twice, a file out of place
        or what is no UTF-8.

        ``once``: see ``admit``.
        """
        data = await read_form(self.request)
        typed = Typed()
        for key in data:
            values = data.getlist(key)
            name = key.removesuffix("[]")
            if not all(isinstance(value, str) for value in values):
                raise BadRequest(f"{key[:40]} 这里不能是文件", code="unexpected_file")
            if key != name and name not in LISTS:
                raise BadRequest(f"{key[:40]} 不能有多个值", code="unexpected_list")
            if len(values) > 1 and key == name:
                raise BadRequest(f"表单里 {key[:40]} 出现了两次", code="duplicate_field")
            typed[name] = values if key != name else values[0]
        self.admit(typed, once=once)
        return typed

    def after(self, url: str, text: str = "", kind: str = "ok") -> Response:
        """Redirect after a write, saying what was done and what comes next."""
        response = RedirectResponse(local(url), 303)
        if text:
            said, secure = quote(f"{kind}|{text}"), self.settings.https
            response.set_cookie(self._flash_cookie, said, max_age=60, httponly=True, samesite="lax", secure=secure)
        return response

    def saved(self, url: str, text: str = "已保存。") -> Response:
        """After an edit; one that changed nothing is not called saved."""
        return self.after(url, text) if self.changed else self.after(url, UNCHANGED, "info")

    @property
    def _flash_cookie(self) -> str:
        return f"{cookie_name(self.settings)}_flash"

    def _flash(self) -> Flash | None:
        kind, _, text = unquote(self.request.cookies.get(self._flash_cookie, "")).partition("|")
        return Flash(kind, text[:300]) if text and kind in ("ok", "info", "warn", "bad") else None


def _counts(see: Reader) -> tuple[int | None, int]:
    """What waits for a person, and how many notices they have not read."""
    waiting = waiting_count(see) if see.actor.has(*BUSINESS) else None
    return waiting, unread_count(see) if see.actor.user_id is not None else 0


async def page_context(request: Request) -> PageContext:
    return PageContext(request)


Page = Annotated[PageContext, Depends(page_context)]
Show = Callable[..., Awaitable[Response]]
"""``show(page, id, problem=None, typed={})`` renders a row's page, with a problem and what was typed."""
Said = str | Callable[[Reader, int], str]
"""What is said after a step; from the row as it is then, where that is a function."""


def _unkept(typed: Mapping[str, Any], html: str) -> list[str]:
    """A note or reason that the page shown again has no field for: its step is not open any more."""
    written = [str(typed.get(name) or "").strip() for name in ("note", "reason")]
    return [text for text in written if text and str(escape(text)) not in html]


def version_of(typed: dict[str, Any]) -> int:
    """The version a form was filled in on, taken out of its fields; 412 where there is none."""
    sent = str(typed.pop("version", ""))
    if not (sent.isascii() and sent.isdigit() and len(sent) < 10):
        raise Stale("请刷新本页后再保存")
    return int(sent)


def seen_of(typed: dict[str, Any]) -> int | None:
    """The version of a page on which a step was decided, where its form says so."""
    return version_of({"version": typed["of_version"]}) if "of_version" in typed else None


def parse(model: type[M], typed: Mapping[str, Any], *, whole: bool = False) -> M:
    """A form's fields as the API's own input: empty fields are absent, figures and ticks get their types.

    ``whole``: the form shows all that is there, so that a field emptied is taken back.
    """
    properties = model.model_json_schema()["properties"]
    values: dict[str, Any] = {}
    for key, value in typed.items():
        schema = properties.get(key, {})
        if value == "" and whole:
            values[key] = None
        if value == "" or isinstance(value, UploadFile):
            continue
        values[key] = _shaped(schema, value)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise Invalid("请改正标出的内容", errors=field_errors(error.errors(include_url=False))) from None


def field_of(pointer: str) -> str:
    """The field of a form that a pointer means: one entry of a list (``/scopes/0``) is its field's."""
    name, _, last = pointer.strip("/").rpartition("/")
    return name if name and last.isdigit() else pointer.strip("/")


def note_of(typed: Mapping[str, Any]) -> str | None:
    """A step's note as its JSON twin takes it; None where nothing was written."""
    return parse(Step, {"note": typed.get("note") or ""}).note or None


def _shaped(schema: Mapping[str, Any], value: Any) -> Any:
    kinds = {schema.get("type"), *(option.get("type") for option in schema.get("anyOf", ()))}
    if isinstance(value, list):
        items: Any = schema.get("items") or next((o["items"] for o in schema.get("anyOf", ()) if "items" in o), {})
        return [_shaped(items, each) for each in value if each != ""]
    if "integer" in kinds and isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        return int(value) if len(value) < 17 else value
    if "boolean" in kinds:
        return value in ("on", "true", "1")
    if "array" in kinds:
        return _shaped(schema, [value])
    return value


def add_step_pages(
    router: APIRouter,
    workflow: Workflow,
    operations: Mapping[str, Callable[..., Any]],
    home: str,
    show: Show,
    said: Mapping[str, Said] | None = None,
    on_version: Collection[str] = (),
) -> None:
    """One form target per action, the page twin of ``add_steps``: ``POST {home}/{action}`` with ``note``, and with the
    hidden ``of_version`` of what was read for those ``on_version``.

    A refusal shows the row's page again with the problem and what was typed; ``said`` adds what comes next.
    """
    for action, operation in operations.items():
        transition = workflow.transitions[action]
        done = (said or {}).get(action, f"已{transition.label}。")

        def route(
            operation: Callable[..., Any] = operation, done: Said = done, guarded: bool = action in on_version
        ) -> Any:
            @performs(operation)
            async def take(page: Page, id: int) -> Response:
                typed = await page.form()
                try:
                    await page.run(operation, path_id(id), note_of(typed), *([seen_of(typed)] if guarded else []))
                except Mendable as problem:
                    return await show(page, id, problem=problem, typed=typed)
                back = str(typed.get("back") or home.format(id=id))
                return page.after(back, done if isinstance(done, str) else await page.read(done, path_id(id)))

            return take

        router.add_api_route(
            f"{home}/{transition.slug}",
            route(),
            methods=["POST"],
            include_in_schema=False,
            name=f"page_{workflow.name}_{action}",
        )


def offered(workflow: Workflow, operations: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> list[Transition]:
    """The steps on many rows that some row of a list is open to, for ``table.bulk``."""
    allowed = {action for row in rows for action in row["allowed_actions"]}
    return [workflow.transitions[action] for action in operations if action in allowed]


def add_bulk_page(
    router: APIRouter,
    workflow: Workflow,
    operation: Callable[..., Any],
    home: str,
    show: Callable[..., Awaitable[Response]],
    listing: Listing,
    title: Callable[[Any], str],
) -> None:
    """One step on the rows that are ticked, the page twin of ``add_bulk``: ``POST {home}/bulk``.

    ``show(page, **told)`` renders the list as it was; above it stands row by row what did not work (``table.told``).
    ``title`` is what a row of ``listing`` is called there.
    """

    @performs(operation)
    async def take(page: Page) -> Response:
        typed = await page.form()
        if not typed["ids"]:
            return await show(page, outcome={"words": "请先勾选要办理的项，再选择步骤。", "rows": []}, typed=typed)
        try:
            results = await page.run(operation, parse(BulkStep, typed))
        except Mendable as problem:
            return await show(page, problem=problem, typed=typed)
        refused = {each["id"]: each["detail"] or each["title"] for each in results if not each["ok"]}
        label = workflow.transitions[typed["action"]].label
        said = f"已{label} {len(results) - len(refused)} 项。"
        if not refused:
            query = page.request.url.query
            return page.after(f"{home}?{query}" if query else home, said)
        names = {row.id: title(row) for row in await page.read(listing.named, refused)}
        rows = [{"id": row_id, "name": names.get(row_id), "why": why} for row_id, why in refused.items()]
        outcome = {"words": f"{said}另有 {len(refused)} 项没有办成：", "rows": rows}
        return await show(page, outcome=outcome, typed={"note": typed["note"], "ids": [str(each) for each in refused]})

    router.add_api_route(
        f"{home}/bulk", take, methods=["POST"], include_in_schema=False, name=f"page_{workflow.name}_bulk"
    )


def add_edit_page(
    router: APIRouter,
    path: str,
    operation: Callable[..., Any],
    model: type[BaseModel],
    show: Show,
    said: str = "已保存。",
    *,
    home: str = "",
    on_row: bool = False,
    given: Callable[[Typed], Mapping[str, Any]] = dict,
) -> None:
    """The form over all of a row that may be edited, the page twin of PATCH: ``POST {path}`` with ``version``.

    A refusal shows the form again with the problem and what was typed; afterwards to ``home``, or to ``path``. Where
    there is a ``home`` the form has a page of its own, ``GET {path}``, unless it stands ``on_row``, on the row's.
    ``given`` adds what browsers do not send, as a list of which nothing is ticked.
    """

    @performs(operation)
    async def edit(page: Page, id: int) -> Response:
        typed = await page.form()
        try:
            version = version_of(typed)
            await page.run(operation, path_id(id), parse(model, given(typed), whole=True), version)
        except Mendable as problem:
            return await show(page, id, problem, typed)
        return page.saved((home or path).format(id=id), said)

    async def form(page: Page, id: int) -> Response:
        return await show(page, id)

    router.add_api_route(path, edit, methods=["POST"], include_in_schema=False, name=f"page_edit_{path}")
    if home and not on_row:
        router.add_api_route(path, form, methods=["GET"], include_in_schema=False, name=f"page_form_{path}")


class PageRoute(APIRoute):
    """A page's route: an id in its path that no row can have is not found, as in the API."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def checked(request: Request) -> Response:
            check_path_ids(request)
            return await handle(request)

        return checked


def page_router() -> APIRouter:
    return NounRouter(include_in_schema=False, route_class=PageRoute)
