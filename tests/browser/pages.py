"""The demo, served: a bureau with work in every state; and the address of every page of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI
from playwright.sync_api import Page

from app.settings import Settings
from tests.generated.routes import API, routes
from tests.world import PASSWORD

ROLES = ("supervisor", "office", "school", "central", "discipline", "leader", "sysadmin", "secadmin", "auditor")
ACCOUNT = {"central": "school01"}
"""The demo's account of a role where it has another name: the clerk of a central school."""
NO_PAGE = ("/", "/logout", "/livez", "/readyz", "/metrics", "/favicon.ico", "/login", "/report", "/report/status")
"""The login and the public's pages are looked at by test_report."""
DOWNLOADS = ("/file", "/export", ".csv", ".ics", ".xlsx", ".docx")
VIEWS = {
    "/assignments": ("", "?view=unit&limit=9", "?view=unit&q=没有这样的任务"),
    "/evidence/choose": ("?target=assignments&target_id={assignments}",),
    "/search": ("?q=清廉",),
}
"""What a page cannot be asked for without, and the views it has."""
NONE = {"id": 999_999}
"""Where a role has no such row: not found."""
LONG = (
    "/accountability-actions",
    "/appointments",
    "/appraisal-appeals",
    "/appraisal-deductions",
    "/appraisal-results",
    "/archive-boxes",
    "/breakdowns",
    "/briefs",
    "/campaigns",
    "/case-circulars",
    "/cases",
    "/documents",
    "/events",
    "/evidence",
    "/extensions",
    "/filings",
    "/findings",
    "/indicator-values",
    "/indicators",
    "/inspections",
    "/integrity-risks",
    "/leading-groups",
    "/liaison-matters",
    "/liaison-visits",
    "/major-decisions",
    "/rectifications",
    "/self-checks",
    "/units",
    "/users",
    "/venue-activities",
)
WITHIN = {"risk-measures": ("integrity-risks", "measures"), "appraisal-criteria": ("appraisals", "criteria")}
"""What has no list of its own but stands in another's rows."""
DRAFT = """青川区教育局校园安全提升工作方案
一、总体要求
落实安全责任。
二、重点任务
1.排查消防隐患。主要措施：逐栋检查消防设施，建立台账。责任股室：安稳股，各学校（园）；完成时限：2026年12月底前
2.开展应急演练。主要措施：每校组织一次疏散演练。责任股室：安稳股、从未听说的股
"""


@dataclass(frozen=True)
class Demo:
    app: FastAPI
    url: str
    settings: Settings


def import_draft(url: str, *, again: bool = False) -> None:
    """The demo's plan is issued; another one waits for its review, with a name that nobody knows."""
    text = DRAFT.replace("校园安全", "食品安全") if again else DRAFT
    with httpx.Client(base_url=url, trust_env=False) as supervisor:
        login = supervisor.post(f"{API}/sessions", json={"username": "supervisor", "password": PASSWORD})
        supervisor.headers["x-csrf-token"] = login.json()["csrf_token"]
        made = supervisor.post(f"{API}/plans/import", files={"file": ("方案.txt", text.encode(), "text/plain")})
        assert made.status_code == 201, made.text
        if not again:
            # As the next edition of the demo's plan, so that there is something to compare.
            issued = supervisor.get(f"{API}/plans?state=issued").json()["data"][0]["id"]
            etag = {"if-match": made.headers["etag"]}
            follows = supervisor.patch(f"{API}/plans/{made.json()['id']}", json={"previous_id": issued}, headers=etag)
            assert follows.status_code == 200, follows.text


def addresses(app: FastAPI, page: Page, *, in_detail: bool = True) -> Iterator[str]:
    """Every page for whoever is logged in there; ``in_detail`` with one row in each state and with each set of steps."""
    samples = {noun: list(_samples(page, noun))[: None if in_detail else 1] for noun in _nouns(app)}
    for route in routes(app):
        if route.method != "GET" or route.is_json or route.path in NO_PAGE or route.path.endswith(DOWNLOADS):
            continue
        if "{" not in route.path:
            mine = next(iter(samples["assignments"]), NONE)
            views = VIEWS.get(route.path, ("",) if in_detail or route.path not in LONG else ("?limit=9",))
            yield from (route.path + view.format(assignments=mine["id"]) for view in views)
            continue
        for row in samples[_noun(route.path)]:
            address = route.path.replace("{id}", str(row["id"]))
            if "{unit_id}" in address:
                seen = _read(page, f"/inspections/{row['id']}/targets")
                address = address.replace("{unit_id}", str(seen[0]["unit_id"] if seen else NONE["id"]))
            yield address


def _noun(path: str) -> str:
    return path.split("/")[1]


def _nouns(app: FastAPI) -> set[str]:
    return {_noun(r.path) for r in routes(app) if r.method == "GET" and not r.is_json and "{id}" in r.path}


def _samples(page: Page, noun: str) -> Iterator[dict[str, Any]]:
    seen = set()
    for row in _within(page, *WITHIN[noun]) if noun in WITHIN else _read(page, f"/{noun}"):
        # The steps that stand in a row's list differ from role to role; its page shows a form for each.
        kind = (row.get("state"), row.get("plan_id"), *sorted(row.get("allowed_actions", ())))
        if kind not in seen:
            seen.add(kind)
            yield row


def _within(page: Page, noun: str, part: str) -> Iterator[dict[str, Any]]:
    for row in _read(page, f"/{noun}")[:5]:
        yield from page.request.get(f"{API}/{noun}/{row['id']}").json()[part]


def _read(page: Page, path: str) -> list[dict[str, Any]]:
    answer = page.request.get(f"{API}{path}?limit=200")
    assert answer.ok, f"{path}: {answer.status}"
    return answer.json()["data"]  # type: ignore[no-any-return]


def plain(text: str) -> str:
    """Without what differs from row to row: figures, words in Chinese, what an address asks for."""
    return re.sub(r"[\d\u3000-\uffef]+|\?[^\"\s]*", "", text)


def elements(html: str) -> set[str]:
    """Each kind of element of a page: its name and attributes, and whether it begins with words."""
    html = re.sub(r'name="csrf" value="[^"]*"', "", html)
    return {f"{plain(tag)} {bool(words.strip())}" for tag, words in re.findall(r"(<[a-z][^>]*>)([^<]*)", html)}


def looks(html: str) -> set[str]:
    """What the stylesheet dresses apart: an element's name with its classes and states, and whether it holds words."""
    dressed = re.compile(r'class="[^"]*"|(?:aria-[a-z]+|type|open|disabled|data-[a-z-]+)(?:="[^"]*")?')
    return {
        f"{tag} {sorted(plain(one) for one in dressed.findall(attributes))} {bool(words.strip())}"
        for tag, attributes, words in re.findall(r"<([a-z][a-z0-9]*)([^>]*)>([^<]*)", html)
    }
