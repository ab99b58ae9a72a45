"""Where a browser is led that asks for an address to which only forms lead, or that was refused at one."""

from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.routing import iter_route_contexts


def page_above(app: FastAPI, path: str) -> str | None:
    """Of an address to which only forms lead, the nearest page above it; None of any other."""
    methods = _methods(app, path)
    if not methods or "GET" in methods:
        return None
    while path := path.rpartition("/")[0]:
        if "GET" in _methods(app, path):
            return path
    return "/"


def came_from(request: Request) -> str:
    """The page of this site that the request was sent from; nothing where that is not known."""
    parts = urlsplit(request.headers.get("referer", ""))
    if not parts.netloc or parts.netloc.lower() != request.headers.get("host", "").lower():
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _methods(app: FastAPI, path: str) -> set[str]:
    """What may be asked of the address: ``/assignments/bulk`` is no row's, though it looks like one."""
    asked, best, found = path.split("/"), 0, set[str]()
    for route in iter_route_contexts(app.routes):
        template = (route.path or "").split("/")
        if len(template) != len(asked):
            continue
        if not all(part == word or part[:1] == "{" for part, word in zip(template, asked, strict=True)):
            continue
        literal = 1 + sum(part[:1] != "{" for part in template)
        if literal > best:
            best, found = literal, set()
        if literal == best:
            found |= route.methods or set()
    return found
