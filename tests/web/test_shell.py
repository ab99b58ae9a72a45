"""What stands around every page: where one is, and what to do where a page is refused."""

import re

from fastapi.testclient import TestClient

from app.settings import Settings
from tests.conftest import As
from web.main import create_app

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


def test_the_address_of_a_step_leads_to_its_row(browse: As) -> None:
    """A browser that was closed after a refusal asks for it again."""
    school = browse("school")
    for step, row in (
        ("/assignments/7/submit", "/assignments/7"),
        ("/major-decisions/7/disclose", "/major-decisions/7"),
        ("/report/files", "/report"),
        ("/assignments/bulk", "/assignments"),
        ("/accountability-actions/run", "/accountability-actions"),
        ("/import-rows/7/correct", "/"),
        ("/account/tokens/7/revoke", "/account"),
    ):
        answer = school.get(step)
        assert (answer.status_code, answer.headers["location"]) == (303, row), step


def test_words_sent_without_a_session_or_with_an_old_one_are_not_lost(browse: As) -> None:
    school, words = browse("school"), "已逐项核对收费公示。"
    sent = {"category": "decision", "subject": words, "preparation": "", "csrf": "of-another-session.1"}
    late = school.post("/major-decisions", data=sent)
    assert late.status_code == 403 and f"<q>{words}</q>" in late.text and "没有保存" in late.text
    for referer, back in (
        (f"{school.base_url}/major-decisions/new?a=1", "/major-decisions/new?a=1"),
        ("//evil.example/x", ""),
    ):
        link = school.post("/major-decisions", data=sent, headers={"referer": referer}).text
        assert ("回到原来的页面" in link, f'href="{back}"' in link) == (bool(back), bool(back)), referer
    changed = {"old_password": "旧的密码旧的密码", "new_password": "新的密码新的密码", "again": "新的密码新的密码"}
    assert "密码新的" not in school.post("/account/password", data=changed).text
    school.cookies.clear()
    gone = school.post("/major-decisions", data=sent)
    assert gone.status_code == 401 and "在新窗口登录" in gone.text and "刷新本页" in gone.text


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


def test_a_script_that_nobody_put_into_the_data_folder_is_missing_and_no_fault(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"assets": "local"}))
    with TestClient(app, "http://localhost") as client:
        assert client.get("/static/vendor/htmx.min.js").status_code == 404
