"""The stylesheet stays small, both themes stay complete, and nothing inline creeps into a template."""

import gzip
import re
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web"
CSS = (WEB / "static" / "ql.css").read_text(encoding="utf-8")
TEMPLATES = sorted(WEB.rglob("*.html"))

INLINE = {
    "a style attribute": re.compile(r"\sstyle\s*=", re.I),
    "a style element": re.compile(r"<style\b", re.I),
    "a script element without src": re.compile(r"<script\b(?![^>]*\ssrc=)", re.I),
    "an event handler": re.compile(r"<[a-z][^>]*\s(?:on[a-z]+|hx-on[:\w-]*)\s*=", re.I),
    "a script in an address": re.compile(r"[\"'](?:javascript|js):", re.I),
}


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"(--[\w-]+):\s*([^;]+);", block))


def test_stylesheet_is_at_most_10_kilobytes_compressed() -> None:
    assert len(gzip.compress(CSS.encode(), 9)) <= 10 * 1024


def test_stylesheet_loads_nothing_else() -> None:
    assert "url(" not in CSS
    assert "@import" not in CSS


def test_dark_theme_sets_every_colour_of_the_light_one() -> None:
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.S)[:2]
    colours = {name for name, value in tokens(light).items() if value.startswith("#")}
    assert colours - tokens(dark).keys() == set()


def test_every_token_used_is_defined() -> None:
    assert set(re.findall(r"var\((--[\w-]+)\)", CSS)) <= tokens(CSS).keys()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(WEB)))
def test_template_has_nothing_inline(template: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", template.read_text(encoding="utf-8"), flags=re.S)
    assert [what for what, pattern in INLINE.items() if pattern.search(text)] == []
