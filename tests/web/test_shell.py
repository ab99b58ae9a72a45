"""What stands around every page: where one is, and what to do where a page is refused."""

import re

import pytest

from app.core.errors import Unavailable
from tests.conftest import As
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture

BADGE = re.compile(r'<span class="badge bad">(\d+)</span>')
HERE = re.compile(r'<a href="([^"]+)" aria-current="page">')
BENEATH = {
    "/findings": "/inspections",
    "/self-checks": "/campaigns",
    "/checklists": "/inspections",
    "/extensions": "/assignments",
    "/leading-groups": "/appointments",
    "/filing-requirements": "/filings",
    "/breakdown-measures": "/breakdowns",
    "/decision-supervisions": "/major-decisions",
    "/accountability-rungs": "/accountability-actions",
    "/appraisal-results": "/appraisals",
    "/appraisal-deductions": "/appraisals",
    "/appraisal-appeals": "/appraisals",
    "/indicator-values": "/indicators",
    "/risk-rounds": "/integrity-risks",
    "/liaison-matters": "/liaison-visits",
    "/liaison-quotas": "/liaison-visits",
    "/venue-reviewers": "/venue-activities",
    "/brief-reviewers": "/briefs",
    "/case-offices": "/case-circulars",
    "/liaisons": "/units",
    "/unit-groups": "/units",
    "/units": "/units",
}


def test_menu_shows_where_one_is_also_on_pages_without_an_entry(as_: As) -> None:
    supervisor = as_("supervisor")
    for path, entry in BENEATH.items():
        side = supervisor.get(path).text.partition("<nav")[2].partition("</nav>")[0]
        assert HERE.findall(side) == [entry], path


def test_refused_page_says_how_to_go_on(as_: As) -> None:
    for path, status, said in (("/units/new", 403, "安全管理员"), ("/units/999999", 404, "栏目")):
        page = as_("school").get(path)
        assert page.status_code == status and said in page.text.partition('class="notice')[2], path


def test_a_refused_page_counts_what_waits_like_any_other(
    browse: As, stock: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock.assignment(plan := stock.plan(), stock.item(plan), "实验小学", "pending")
    page = browse("school")

    def badges(text: str) -> list[str]:
        return BADGE.findall(text.partition("<nav")[2].partition("</nav>")[0])

    assert badges(page.get("/plans").text) == ["1"]
    for path, status in (("/units/new", 403), ("/units/999999", 404), ("/plans?sort=nothing", 422)):
        refused = page.get(path)
        assert (refused.status_code, badges(refused.text)) == (status, ["1"]), path
    with monkeypatch.context() as away:
        away.setattr("web.site.waiting_count", unavailable)
        refused = page.get("/units/999999")
        assert (refused.status_code, badges(refused.text)) == (404, []), "it stays what it is"
    asked: list[str] = []
    monkeypatch.setattr("web.site.waiting_count", lambda see: asked.append("waiting"))
    monkeypatch.setattr("web.plans.pages.queries.present", unavailable)
    assert page.get("/plans").status_code == 503 and asked == [], "who has no answer is not asked once more"


def unavailable(*_: object) -> None:
    raise Unavailable("数据库暂时连接不上")


def test_upload_is_offered_to_those_alone_who_have_a_unit(as_: As) -> None:
    for account, status in (("school", 200), ("office", 200), ("leader", 403), ("auditor", 403)):
        assert as_(account).get("/evidence/upload").status_code == status, account


def test_the_phone_s_menu_ends_with_who_one_is_and_the_way_out(as_: As) -> None:
    """Shown by its address alone, with scripts off; whoever acts under several grants is led to where one chooses."""
    for account, several in (("supervisor", True), ("school", False), ("auditor", False)):
        page = as_(account).get("/notifications").text
        assert '<a class="narrow" href="#nav">' in page
        foot = page.partition('id="nav"')[2].partition("</nav>")[0].partition('<div class="me narrow">')[2]
        assert re.search(r"<h2>[^<]+ · [^<]+</h2>", foot), account
        assert ('<a href="/my-work#identities">切换身份</a>' in foot) == several, account
        assert 'action="/logout"' in foot and foot.rstrip().endswith("<button>退出登录</button></form>\n    </div>")
    assert 'id="identities"' in as_("supervisor").get("/my-work").text
