"""The OpenAPI description, completed once for all routes: what each may be refused with, its headers, its ids.

A route says what it takes and gives; what follows from its kind (a body, an id, a PATCH) is said here.
"""

from collections.abc import Callable, Collection
from functools import cache
from typing import Any, NamedTuple

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.core.models import MAX_ID, Page
from app.core.paging import Listing
from app.core.params import Parse

Described = dict[str, Any]


class Kind(NamedTuple):
    """What a route's refusals follow from."""

    method: str
    is_public: bool
    has_id: bool
    has_query: bool
    has_files: bool

    @property
    def writes(self) -> bool:
        return self.method != "get"


REFUSALS: dict[int, tuple[str, Callable[[Kind], bool]]] = {
    400: ("请求有误：主机名、令牌在网址里、不是有效的 JSON 或 UTF-8、重复的键", lambda kind: True),
    401: ("没有登录，或令牌无效、已过期、已停用", lambda kind: True),
    403: ("没有权限；令牌范围不够；请求来自别的网站；须先修改一次性密码", lambda kind: True),
    404: ("没有找到，或不在本人范围之内", lambda kind: kind.has_id or kind.writes),
    409: ("与当前情况不符：状态不允许、与已有的重复、被他人抢先", lambda kind: kind.writes),
    410: ("已过保存期", lambda kind: False),
    412: ("If-Match 不是当前版本：已被他人更新", lambda kind: kind.method == "patch"),
    413: ("内容过大", lambda kind: kind.writes),
    415: ("不支持的内容类型", lambda kind: kind.writes),
    422: (
        "填写有误：errors 逐项写明位置与改法，可能写出所指的编号、数字和日期，从不重复所填的文字",
        lambda kind: kind.writes or kind.has_query,
    ),
    428: ("缺少 If-Match", lambda kind: kind.method == "patch"),
    429: ("尝试次数过多，请按 Retry-After 稍后再试", lambda kind: kind.is_public and kind.writes),
    431: ("请求头过大", lambda kind: True),
    503: ("服务暂时不可用，请稍后再试", lambda kind: True),
    507: ("存储空间不足，没有保存", lambda kind: kind.writes),
}
"""status → (what it means, for which routes). A route may name another of them by its bare status."""

PROBLEM: Described = {
    "type": "object",
    "description": "RFC 9457。code 不变，可供程序判断；title 与 detail 为中文，说明错在哪里、怎样改正。",
    "required": ["type", "status", "code", "title"],
    "properties": {
        "type": {"const": "about:blank"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "pattern": "^[a-z0-9_]+$"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string", "pattern": "^/", "description": "JSON 指针，或参数名"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
HEADER_OF: dict[str, Described] = {
    "patch": {
        "name": "If-Match",
        "in": "header",
        "description": '读取时 ETag 的值，如 "3"。缺少时 428，不是当前版本时 412。',
        "required": True,
        "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$'},
    },
    "post": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "同一个键与同样的内容再次提交，得到保存的答复而不再办理；内容不同则 422。保留 48 小时。",
        "required": False,
        "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    },
}
HEADERS = {"X-Request-ID": {"description": "本次请求的编号，与日志一致", "schema": {"type": "string"}}}
SECURITY: dict[str, Described] = {
    "token": {"type": "http", "scheme": "bearer", "description": "API 令牌 ql_…"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "ql",
        "description": "登录会话（TLS 下为 __Host-ql）；非 GET 请求另须 X-CSRF-Token。",
    },
}


def describe(app: FastAPI, public: Collection[tuple[str, str]]) -> Described:
    """The whole description. ``public``: (method, path) of what a stranger may ask."""
    document: Described = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    components = document["components"]
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    components["schemas"]["Problem"] = PROBLEM
    components["responses"] = {str(status): _refusal(words) for status, (words, _) in REFUSALS.items()}
    components["headers"] = HEADERS
    components["securitySchemes"] = SECURITY
    document["security"] = [{name: []} for name in SECURITY]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            _complete(operation, method, (method.upper(), path) in public)
    return document


def publish(app: FastAPI, path: str) -> None:
    """Put the description behind ``path``: made on a thread when it is first asked for, and written once.

    Making it takes seconds, in which the event loop would answer nobody.
    """

    @cache
    def written() -> bytes:
        return bytes(JSONResponse(app.openapi()).body)

    async def described(_request: Request) -> Response:
        return Response(await run_in_threadpool(written), media_type="application/json")

    app.add_route(path, described, include_in_schema=False)


def _refusal(words: str) -> Described:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS}
    return {"description": words, "content": content, "headers": headers}


def _complete(operation: Described, method: str, is_public: bool) -> None:
    parameters = operation.setdefault("parameters", [])
    ids = [each for each in parameters if each["in"] == "path"]
    for each in (each for each in ids if each["schema"].get("type") == "integer"):
        each["schema"] |= {"minimum": 1, "maximum": MAX_ID}
    kind = Kind(
        method,
        is_public,
        has_id=bool(ids),
        has_query=any(each["in"] == "query" for each in parameters),
        has_files="multipart/form-data" in operation.get("requestBody", {}).get("content", {}),
    )
    if not is_public and method in HEADER_OF:
        parameters.append(HEADER_OF[method])
    if is_public:
        operation["security"] = []
    responses = operation["responses"]
    responses.pop("422", None)
    for status, (_, applies) in REFUSALS.items():
        if applies(kind) or str(status) in responses:
            responses[str(status)] = {"$ref": f"#/components/responses/{status}"}


# What a route says of itself


def query_docs(name: str, parse: Parse, description: str = "") -> dict[str, Any]:
    """A query parameter for OpenAPI; several values are comma-separated."""
    schema = parse.__dict__["takes"]
    made = {"name": name, "in": "query", "required": False, "explode": False, "schema": schema}
    return made | ({"description": description} if description else {})


def header_docs(name: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "schema": {"type": "string"}}


def listing_docs(listing: Listing) -> dict[str, Any]:
    """A list's parameters for OpenAPI, from its description."""
    return {"parameters": [query_docs(name, parse) for name, parse in listing.parsers.items()]}


def lists(listing: Listing, row: type[BaseModel]) -> dict[str, Any]:
    """What a list's route takes and answers, for OpenAPI."""
    return {"openapi_extra": listing_docs(listing), "responses": {200: {"model": Page[row]}}}  # type: ignore[valid-type]
