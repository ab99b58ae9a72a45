"""The API's description as a page: every route of it, from this server alone."""

import asyncio
import html
import re
from typing import Any

import pytest
from fastapi import FastAPI

from app.identity.scopes import NOUNS
from tests.conftest import As


def test_every_route_stands_on_its_nouns_page(app: FastAPI, browse: As) -> None:
    reader = browse("school")
    told = {f"{m.upper()} {path}" for path, methods in app.openapi()["paths"].items() for m in methods}
    links = set(re.findall(r'href="/api-docs\?noun=([a-z-]+)"', reader.get("/api-docs").text))
    assert links == NOUNS.keys()
    shown = {noun: html.unescape(reader.get(f"/api-docs?noun={noun}").text) for noun in links}
    found = {
        each for page in shown.values() for each in re.findall(r"<h2>((?:GET|POST|PATCH|DELETE) /api/v1/[^ <]+)", page)
    }
    assert found == {each for each in told if each.split("/")[3].partition(".")[0] in NOUNS} and len(found) > 150
    # What it takes, from whom, and what comes back, with the words of the code.
    units = shown["units"]
    for words in (
        "updated_since",
        "string (date-time)",
        "If-Match",
        "填写有误：errors 逐项写明",
        "UnitRead",
        "allowed_actions",
    ):
        assert words in units, words
    assert "synced_until" in shown["assignments"]


def test_the_page_needs_nothing_from_elsewhere(browse: As) -> None:
    shown = browse("school").get("/api-docs?noun=units")
    loaded = re.findall(r'(?:src|<link[^>]*href)="([^"]+)"', shown.text)
    assert loaded and {each for each in loaded if not each.startswith("/static/")} <= {
        each for each in loaded if "htmx.org" in each
    }
    assert "unsafe-inline" not in shown.headers["content-security-policy"]


def test_an_unknown_noun_is_refused(browse: As) -> None:
    assert browse("school").get("/api-docs?noun=colours").status_code == 422


@pytest.mark.parametrize("path", ["/api-docs", "/api/v1/openapi.json"])
def test_others_are_answered_while_it_is_made(
    app: FastAPI, browse: As, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    reader, made = browse("school"), app.openapi()

    def making() -> dict[str, Any]:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        return made

    monkeypatch.setattr(app, "openapi", making)
    assert reader.get(path).status_code == 200
