"""What every page shares: the Jinja environment, navigation, and problems as pages."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import jinja2
from fastapi import Request, Response
from jinja2_fragments import render_block
from starlette.responses import HTMLResponse, RedirectResponse

from app.assets import HTMX_INTEGRITY, cdn_url
from app.assignments.words import dated
from app.complaints.forms import notice_of
from app.core.calendar import SHANGHAI, long_day
from app.core.errors import Problem
from app.core.http import problem_response
from app.core.policy import BUSINESS, Actor, Role, Roles
from app.core.unwatched import is_unwatched
from app.identity import scopes
from app.my_work.queries import identities
from app.settings import Settings
from web.above import came_from, page_above
from web.conditions import UNTOLD, conditions

WEB = Path(__file__).parent
WEEKDAYS = "一二三四五六日"

BENEATH = {
    "/plan-items": "/plans",
    "/extensions": "/assignments",
    "/findings": "/inspections",
    "/self-checks": "/campaigns",
    "/checklists": "/inspections",
    "/archive-boxes": "/evidence",
    "/filing-requirements": "/filings",
    "/breakdown-measures": "/breakdowns",
    "/decision-supervisions": "/major-decisions",
    "/accountability-rungs": "/accountability-actions",
    "/appraisal-criteria": "/appraisals",
    "/appraisal-results": "/appraisals",
    "/appraisal-deductions": "/appraisals",
    "/appraisal-appeals": "/appraisals",
    "/liaison-matters": "/liaison-visits",
    "/liaison-quotas": "/liaison-visits",
    "/venue-reviewers": "/venue-activities",
    "/brief-reviewers": "/briefs",
    "/case-offices": "/case-circulars",
    "/indicator-values": "/indicators",
    "/risk-rounds": "/integrity-risks",
    "/risk-measures": "/integrity-risks",
    "/unit-groups": "/units",
    "/liaisons": "/units",
    "/leading-groups": "/appointments",
    "/webhook-deliveries": "/webhooks",
    "/robots": "/webhooks",
}
"""Pages without an entry of their own, and the entry that leads to them."""
INSPECTORS = frozenset({Role.SUPERVISOR, Role.OFFICE, Role.DISCIPLINE, Role.LEADER})
ADMINISTRATORS = frozenset({Role.SYSADMIN, Role.SECADMIN})
NAVIGATION: tuple[tuple[str | None, tuple[tuple[str, str, Roles], ...]], ...] = (
    (
        None,
        (
            ("/my-work", "我的待办", BUSINESS),
            ("/plans", "工作方案", BUSINESS),
            ("/assignments", "任务台账", BUSINESS),
            ("/inspections", "督查检查", INSPECTORS),
            ("/rectifications", "问题整改", BUSINESS),
            ("/evidence", "印证资料", BUSINESS),
            ("/documents", "公文", BUSINESS),
        ),
    ),
    (
        "廉政机制",
        (
            ("/filings", "备案", BUSINESS),
            ("/breakdowns", "任务分解", BUSINESS),
            ("/major-decisions", "三重一大", BUSINESS),
            ("/integrity-risks", "廉政风险", BUSINESS),
            ("/indicators", "指标", BUSINESS),
            ("/campaigns", "专项行动", BUSINESS),
            ("/activities", "活动台账", BUSINESS),
            ("/venue-activities", "阵地活动", BUSINESS),
            ("/liaison-visits", "包联走访", BUSINESS),
            ("/briefs", "简报", BUSINESS),
            ("/complaints", "信访举报", INSPECTORS),
            ("/cases", "案件线索", frozenset({Role.DISCIPLINE, Role.SUPERVISOR, Role.OFFICE})),
            ("/case-circulars", "案件通报", BUSINESS),
            ("/appraisals", "作风考核", BUSINESS),
            ("/accountability-actions", "问责", BUSINESS),
        ),
    ),
    (
        "统计与管理",
        (
            ("/dashboard", "统计看板", BUSINESS),
            ("/summaries", "年度总结", BUSINESS),
            ("/appointments", "责任体系", BUSINESS),
            ("/setup", "首次设置", frozenset({Role.SYSADMIN})),
            ("/units", "单位与分组", BUSINESS | {Role.SYSADMIN}),
            ("/calendar", "工作日历", frozenset({Role.SUPERVISOR})),
            ("/users", "用户与授权", ADMINISTRATORS),
            ("/webhooks", "推送", frozenset({Role.SECADMIN})),
            ("/imports", "导入记录", BUSINESS | ADMINISTRATORS),
            ("/exports", "导出记录", frozenset(Role)),
            ("/jobs", "后台工作", frozenset({Role.SYSADMIN})),
            ("/events", "审计日志", frozenset({Role.AUDITOR})),
        ),
    ),
)


class Entry(NamedTuple):
    href: str
    label: str
    current: bool
    count: str | None  # type: ignore[assignment]


class Flash(NamedTuple):
    kind: str
    text: str


@dataclass(frozen=True)
class Site:
    """The templates and assets of one installation."""

    settings: Settings

    @property
    def assets(self) -> str:
        return self.settings.assets

    @property
    def htmx_url(self) -> str:
        return "/static/vendor/htmx.min.js" if self.assets == "local" else cdn_url(self.settings)

    @property
    def htmx_integrity(self) -> str:
        return HTMX_INTEGRITY

    @property
    def script_source(self) -> str:
        """The origin of htmx for the content security policy; nothing when it is served locally."""
        if self.assets == "local":
            return ""
        parts = urlsplit(self.settings.cdn_base)
        return f"{parts.scheme}://{parts.netloc}"

    def static(self, path: str) -> str:
        """A static file's address, changed by its content, so that browsers may keep it."""
        return f"/static/{path}?v={_content_tag(path)}"

    def navigation(self, actor: Actor, path: str, waiting: int | None) -> list[tuple[str | None, list[Entry]]]:
        badge = "99+" if waiting and waiting > 99 else str(waiting or "")
        first = "/" + path.split("/")[1]
        here = BENEATH.get(first, first)
        groups = []
        for label, rows in NAVIGATION:
            entries = [
                Entry(href, name, here == href, badge if href == "/my-work" else None)
                for href, name, roles in rows
                if not actor.roles.isdisjoint(roles)
            ]
            if entries:
                groups.append((label, entries))
        return groups

    def shell(
        self, actor: Actor, path: str, waiting: int | None = None, flash: Flash | None = None, unread: int = 0
    ) -> dict[str, Any]:
        """What the layout needs on every page."""
        known = actor if actor.user_id is not None else None
        return {
            "site": self,
            "actor": known,
            "csrf": actor.csrf,
            "identities": identities(actor) if known else [],
            "searches": known is not None and actor.has(*BUSINESS),
            "nav": self.navigation(actor, path, waiting) if known else [],
            "unread": unread,
            "demo": self.settings.demo,
            "flash": flash,
            "path": path,
        }

    def render(
        self,
        template: str,
        context: Mapping[str, Any],
        block: str | None = None,
        asked: Mapping[str, str] | None = None,
    ) -> str:
        """A whole page, or one named block of it; where a list has found nothing, with what of it was ``asked``."""
        whole = environment().get_template(template)
        html = render_block(environment(), template, block, **context) if block else whole.render(**context)
        if UNTOLD not in html:
            return html
        return html.replace(UNTOLD, conditions(whole.render(**context) if block else html, asked or {}))


@cache
def _content_tag(path: str) -> str:
    return hashlib.sha256((WEB / "static" / path).read_bytes()).hexdigest()[:10]


class _Environment(jinja2.Environment):
    """``row.title`` of a dict is its key at once, where Jinja would first try an attribute and catch the error."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict and attribute in obj and attribute not in _METHODS:
            return obj[attribute]
        return super().getattr(obj, attribute)


_METHODS = frozenset(dir(dict))


@cache
def environment() -> jinja2.Environment:
    env = _Environment(
        loader=jinja2.FileSystemLoader(WEB),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.filters |= {"day": day, "instant": instant, "second": second, "long_day": long_day}
    env.filters |= {"size": size, "query": query, "period": dated, "money": money, "scope_words": scopes.words}
    env.globals |= {"rendering": rendering, "untold": UNTOLD}
    # A block rendered alone runs no import of its template: the macro libraries are known everywhere.
    for library in ("ui", "page", "form", "record", "table", "chart"):
        env.globals[library] = env.get_template(f"layout/{library}.html").module
    return env


def rendering() -> str:
    """A value for one form as it is rendered this time; see ``SentOnce.admit``. No point is in it."""
    return secrets.token_urlsafe(12)


# Filters: how dates, instants and sizes read. Dates in tables are YYYY-MM-DD, in prose 2023年10月9日.


def day(value: Any) -> str:
    return value.isoformat() if value else "—"


def instant(value: Any) -> str:
    return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if value else "—"


def second(value: Any) -> str:
    """An instant of the audit log, to the second."""
    return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") if value else "—"


def money(value: Any) -> str:
    """``31017.5`` → 31,017.50 元."""
    amount = Decimal(str(value))
    return f"{amount:,.0f} 元" if amount == amount.to_integral_value() else f"{amount:,.2f} 元"


def size(value: int) -> str:
    if value < 1024 * 1024:
        return f"{max(round(value / 1024), 1)} KB"
    return f"{value / 1024 / 1024:.1f} MB"


def query(base: Mapping[str, Any], **changes: Any) -> str:
    """A query string from ``base`` with some parameters changed; None or "" removes one."""
    merged = {**base, **changes}
    return "?" + urlencode({key: value for key, value in merged.items() if value not in (None, "")})


# Problems


async def respond(request: Request, problem: Problem) -> Response:
    """A problem as JSON under ``/api``, else as a page with the way back."""
    path = request.url.path
    if path.startswith("/api/"):
        return problem_response(problem)
    if problem.status == 401 and request.method == "GET":
        return RedirectResponse(f"/login?next={quote(path)}", 303)
    if problem.status in (404, 405) and request.method == "GET" and (page := page_above(request.app, path.rstrip("/"))):
        # A browser opened anew asks for the address it last stood at.
        return RedirectResponse(page, 303)
    site: Site = request.app.state.site
    context = site.shell(request.state.actor, path) | {"problem": problem, "page_title": problem.title}
    context["back"] = local(came_from(request))
    context["again"] = problem.status == 503 and request.method == "GET"
    template = "layout/problem.html" if context["actor"] else "layout/problem_bare.html"
    if is_unwatched(path):
        template, context = "complaints/problem.html", context | {"bureau": "", "notice": notice_of(site.settings)}
    return HTMLResponse(site.render(template, context), problem.status, problem.headers)


def local(url: str) -> str:
    """A path of this site; anything else goes home."""
    parts = urlsplit(url)
    if (
        parts.scheme
        or parts.netloc
        or not url.startswith("/")
        or url.startswith(("//", "/\\"))
        or "\n" in url
        or "\r" in url
    ):
        return "/"
    return url
