"""The API's description as pages of our own: it works without a network, without scripts and on paper."""

import json
from functools import lru_cache
from typing import Any, NamedTuple

from fastapi import FastAPI, Response
from starlette.concurrency import run_in_threadpool

from app.core.http import noun_of
from app.core.params import parse_choice
from app.identity.scopes import NOUNS
from web.page import Page, page_router

router = page_router()
PLACES = {"path": "路径", "query": "查询", "header": "请求头"}


class Field(NamedTuple):
    name: str
    place: str
    required: bool
    kind: str
    words: str


class Answer(NamedTuple):
    status: str
    words: str
    kind: str


class Operation(NamedTuple):
    anchor: str
    method: str
    path: str
    title: str
    words: str
    fields: list[Field]
    answers: list[Answer]


class Shape(NamedTuple):
    """A model that answers or bodies are made of."""

    name: str
    words: str
    fields: list[Field]


@router.get("/api-docs")
async def api_docs(page: Page) -> Response:
    """All nouns, or with ``noun`` one of them: every route, what it takes, what it answers."""
    noun = page.params.get("noun")
    if noun is not None:
        parse_choice(list(NOUNS))("noun", noun)
    described = await run_in_threadpool(page.request.app.openapi)
    operations, shapes = _described(page.request.app, noun) if noun else ([], [])
    return await page.render(
        "api_docs/one.html" if noun else "api_docs/all.html",
        page_title="接口说明",
        noun=noun,
        label=NOUNS.get(noun or ""),
        nouns=list(NOUNS.items()),
        operations=operations,
        shapes=shapes,
        count=sum(len(methods) for methods in described["paths"].values()),
    )


@lru_cache(maxsize=256)
def _described(app: FastAPI, noun: str) -> tuple[list[Operation], list[Shape]]:
    document = app.openapi()
    mine = {path: methods for path, methods in document["paths"].items() if noun_of(path) == noun}
    operations = [
        _operation(document, path, method, told) for path, each in mine.items() for method, told in each.items()
    ]
    known = document["components"]["schemas"]
    named = sorted(_names(mine, known, set()) - {"Problem"})
    return operations, [_shape(name, known[name]) for name in named if known[name].get("type") == "object"]


def _operation(document: dict[str, Any], path: str, method: str, told: dict[str, Any]) -> Operation:
    fields = [
        Field(
            each["name"],
            PLACES.get(each["in"], each["in"]),
            each["required"],
            _kind(each["schema"]),
            each.get("description", ""),
        )
        for each in told["parameters"]
    ]
    for media, each in told.get("requestBody", {}).get("content", {}).items():
        fields.append(Field("正文", media, True, _kind(each.get("schema", {})), ""))
    answers = [_answer(document, status, each) for status, each in sorted(told["responses"].items())]
    title, words = told.get("summary", ""), told.get("description", "").replace("``", "")
    return Operation(f"{method}{path.replace('/', '-')}", method.upper(), path, title, words, fields, answers)


def _answer(document: dict[str, Any], status: str, told: dict[str, Any]) -> Answer:
    if "$ref" in told:
        told = document["components"]["responses"][_last(told["$ref"])]
    kinds = {_kind(each.get("schema", {})) for each in told.get("content", {}).values()}
    return Answer(status, told["description"], " ".join(sorted(kinds)))


def _shape(name: str, schema: dict[str, Any]) -> Shape:
    required = schema.get("required", ())
    properties = schema.get("properties", {})
    fields = [
        Field(key, "", key in required, _kind(each), each.get("description", "")) for key, each in properties.items()
    ]
    return Shape(name, schema.get("description", "").replace("``", ""), fields)


def _kind(schema: dict[str, Any]) -> str:
    """A schema in a few words: ``integer ≥ 1``, ``array of UnitRead``, ``string (date) or null``."""
    if "$ref" in schema:
        return _last(schema["$ref"])
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(_kind(each) for each in options)
    if "enum" in schema or "const" in schema:
        return " | ".join(json.dumps(each, ensure_ascii=False) for each in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"array of {_kind(schema.get('items', {}))}"
    bounds = [f"{sign} {schema[key]}" for key, sign in (("minimum", "≥"), ("maximum", "≤")) if key in schema]
    bounds += [
        f"{schema[key]} {words}" for key, words in (("minLength", "字起"), ("maxLength", "字以内")) if key in schema
    ]
    noted = [f"({schema['format']})"] if "format" in schema else []
    return " ".join([str(schema.get("type", "any")), *noted, *bounds])


def _names(told: Any, known: dict[str, Any], met: set[str]) -> set[str]:
    """Every model that a part of the description comes to, through other models too."""
    if isinstance(told, dict):
        name = _last(str(told.get("$ref", "")))
        if name in known and name not in met:
            met.add(name)
            _names(known[name], known, met)
        for each in told.values():
            _names(each, known, met)
    elif isinstance(told, list):
        for each in told:
            _names(each, known, met)
    return met


def _last(reference: str) -> str:
    return reference.rpartition("/")[2]
