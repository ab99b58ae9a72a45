"""The pages of plans, walked with plain forms as a browser without scripts does."""

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.units.models import Unit, UnitKind
from tests.conftest import As
from tests.plans.test_issue import issued
from tests.plans.texts import KNOWN, PLAN, REPORT, draft, items_of, send
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.world import World


@pytest.fixture
def supervisor(browse: As) -> TestClient:
    return browse("supervisor")


def post(browser: TestClient, path: str, **fields: Any) -> Any:
    return browser.post(path, data={"csrf": browser.headers["x-csrf-token"], **fields})


def upload(browser: TestClient, content: str, name: str = "方案.txt", **fields: str) -> Any:
    data = {"csrf": browser.headers["x-csrf-token"], "issuer_unit_id": "", **fields}
    return browser.post("/plans/import", data=data, files={"file": (name, content.encode())})


def followed(browser: TestClient, answer: Any) -> str:
    assert answer.status_code == 303, answer.text
    page = browser.get(answer.headers["location"].split("#")[0])
    assert page.status_code == 200
    text: str = page.text
    return text


def test_upload_leads_to_review_and_issue(supervisor: TestClient, world: World) -> None:
    page = followed(supervisor, upload(supervisor, PLAN))
    assert "已读取并存为草稿" in page
    assert "2 个责任单位未识别" in page
    assert "<u>校建办</u>" in page
    assert re.search(r'<button class="btn primary large" disabled aria-describedby="blocked">印发方案', page)
    plan = supervisor.get("/api/v1/plans").json()["data"][0]
    resolve = f"/plans/{plan['id']}/resolve"
    done = post(supervisor, resolve, name="校建办", choice=f"unit:{world.unit['办公室']}", remember="on")
    page = followed(supervisor, done)
    assert "已识别“校建办”" in page
    page = followed(supervisor, post(supervisor, resolve, name="培训中心", drop_reason="机构已撤销"))
    assert "已不采用“培训中心”" in page
    assert "可以印发" in page or "未填时限" in page
    page = followed(supervisor, post(supervisor, f"/plans/{plan['id']}/issue"))
    assert "已印发" in page
    assert f"/plans/{plan['id']}/dispatch" in page


def test_unknown_name_is_marked_also_where_the_text_has_spaces_in_it(supervisor: TestClient) -> None:
    plan = draft(supervisor, KNOWN.replace("责任单位：人事股", "责任单位： 安居办 （ 筹 ） 、 人事股"))
    assert "<u>安居办 （ 筹 ）</u>" in supervisor.get(f"/plans/{plan['id']}/review").text


def test_name_may_be_typed_instead(supervisor: TestClient, world: World) -> None:
    plan = draft(supervisor)
    resolve = f"/plans/{plan['id']}/resolve"
    wrong = post(supervisor, resolve, name="校建办", choice="other", other="没有的单位")
    assert wrong.status_code == 422
    assert "单位名录里没有“没有的单位”" in wrong.text
    assert 'value="没有的单位"' in wrong.text
    followed(supervisor, post(supervisor, resolve, name="校建办", other="区局办公室"))
    named = items_of(supervisor, plan["id"])[3]["responsibilities"]
    assert named[1]["unit_id"] == world.unit["办公室"]


def test_of_two_units_of_one_name_none_is_chosen_beforehand(supervisor: TestClient, stock: Stock) -> None:
    for code, name in (("X1", "校建办"), ("X2", "区局校建办")):
        stock.add(Unit, code=code, name=name, kind=UnitKind.OFFICE)
    page = supervisor.get(f"/plans/{draft(supervisor)['id']}/review").text
    assert page.count("<small>名称相同</small>") == 2
    assert not re.search(r"checked>\s*<span>[^<]*校建办", page)


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [(PLAN, "方案.doc", "请另存为 docx"), (REPORT, "报告.txt", "没有找到可以分解的任务"), (PLAN, "方案.pdf", "docx")],
    ids=["doc", "report", "pdf"],
)
def test_unreadable_file_is_explained_on_the_page(supervisor: TestClient, content: str, name: str, words: str) -> None:
    refused = upload(supervisor, content, name)
    assert refused.status_code == 422
    assert words in refused.text
    assert 'id="errors"' in refused.text
    assert supervisor.get("/api/v1/plans").json()["data"] == []


def test_known_file_links_to_its_plan(supervisor: TestClient) -> None:
    plan_id = send(supervisor).json()["id"]
    refused = upload(supervisor, PLAN)
    assert refused.status_code == 409
    assert f'href="/plans/{plan_id}"' in refused.text


def test_upload_without_the_session_token_is_refused(supervisor: TestClient) -> None:
    assert upload(supervisor, PLAN, csrf="wrong").status_code == 403
    assert supervisor.get("/api/v1/plans").json()["data"] == []


@pytest.mark.parametrize("account", ["school", "leader"])
def test_upload_page_is_for_supervisors(browse: As, account: str) -> None:
    browser = browse(account)
    assert browser.get("/plans/import").status_code == 403
    assert upload(browser, PLAN).status_code == 403
    assert "/plans/import" not in browser.get("/plans").text


def test_saved_item_leads_to_the_next_gap(supervisor: TestClient, world: World) -> None:
    plan = draft(supervisor, KNOWN)
    first, second = items_of(supervisor, plan["id"])
    fields = {
        "plan_id": plan["id"],
        "version": first["version"],
        "deadline_on": "2026-11-30",
        "cadence": "termly",
        "lead": world.unit["教育股"],
        "required_evidence[]": ["", "scheme", "meeting"],
        "for_information": "false",
    }
    done = post(supervisor, f"/plan-items/{first['id']}", **fields)
    assert done.headers["location"] == f"/plans/{plan['id']}/review?item={second['id']}#review-{second['id']}"
    after = items_of(supervisor, plan["id"])[0]
    assert (after["deadline_on"], after["cadence"]) == ("2026-11-30", "termly")
    assert after["required_evidence"] == ["scheme", "meeting"]
    assert [each["role"] for each in after["responsibilities"]] == ["lead", "responsible"]
    stale = post(supervisor, f"/plan-items/{first['id']}", **fields)
    assert stale.status_code == 412
    assert "您填写的内容还在" in stale.text
    emptied = {**fields, "version": after["version"], "deadline_on": "", "required_evidence[]": "", "lead": ""}
    assert post(supervisor, f"/plan-items/{first['id']}", **emptied).status_code == 303
    last = items_of(supervisor, plan["id"])[0]
    assert (last["deadline_on"], last["required_evidence"]) == (None, [])
    assert {each["role"] for each in last["responsibilities"]} == {"responsible"}


def test_settings_for_all_and_for_those_without_deadline(supervisor: TestClient) -> None:
    plan = draft(supervisor)
    items = items_of(supervisor, plan["id"])
    undated = items[3]["id"]
    path = f"/plans/{plan['id']}/items"
    some = {"scope": "some", "ids[]": [undated], "version": 1, "deadline_on": "2026-12-31", "cadence": ""}
    assert post(supervisor, path, **some).status_code == 303
    assert [item["deadline_on"] for item in items_of(supervisor, plan["id"])] == [
        "2026-10-31",
        None,
        None,
        "2026-12-31",
    ]
    every = {"version": 2, "required_evidence[]": ["", "policy"]}
    assert post(supervisor, path, **every).status_code == 303
    assert all(item["required_evidence"] == ["policy"] for item in items_of(supervisor, plan["id"]))
    assert post(supervisor, path, version=2, cadence="yearly").status_code == 412


def test_title_and_number_are_mended_by_page(supervisor: TestClient) -> None:
    plan = draft(supervisor)
    path = f"/plans/{plan['id']}/edit"
    fields = {"version": 1, "title": "清廉学校建设方案", "year": "2027", "document_number": ""}
    assert "清廉学校建设方案" in followed(supervisor, post(supervisor, path, **fields))
    assert post(supervisor, path, **fields).status_code == 412
    refused = post(supervisor, path, **{**fields, "version": 2, "year": "20270"})
    assert (refused.status_code, "不能大于 2199" in refused.text) == (422, True)


def test_item_page_of_an_issued_plan_asks_for_a_reason(supervisor: TestClient, world: World) -> None:
    plan = issued(supervisor)
    item = items_of(supervisor, plan["id"])[0]
    path = f"/plan-items/{item['id']}"
    page = supervisor.get(path).text
    assert "配齐图书" in page
    assert "每班设图书角" in page
    assert 'name="reason"' in page
    assert 'name="title"' not in page
    roles = {f"role-{each['id']}": each["role"] for each in item["responsibilities"]}
    fields = {"version": item["version"], "cadence": "yearly", "deadline_on": "", "required_evidence[]": "", **roles}
    refused = post(supervisor, path, **fields, added="督导室", added_role="cooperate")
    assert refused.status_code == 422
    assert "修改时必须写明原因" in refused.text
    assert 'value="督导室"' in refused.text
    done = post(supervisor, path, **fields, added="督导室", added_role="cooperate", reason="分工调整")
    assert "已保存" in followed(supervisor, done)
    named = items_of(supervisor, plan["id"])[0]["responsibilities"]
    assert [(each["name"], each["role"]) for each in named] == [
        ("教育股", "responsible"),
        ("各学校（园）", "responsible"),
        ("督导室", "cooperate"),
    ]


def test_school_reads_plan_and_item_without_forms(browse: As, supervisor: TestClient) -> None:
    plan = issued(supervisor)
    item = items_of(supervisor, plan["id"])[0]
    school = browse("school")
    assert plan["title"] in school.get("/plans").text
    page = school.get(f"/plans/{plan['id']}").text
    assert "配齐图书" in page
    assert "停止执行" not in page
    assert "<form" not in school.get(f"/plan-items/{item['id']}").text.split("<main")[1]
    assert school.get(f"/plans/{plan['id']}/review").headers["location"] == f"/plans/{plan['id']}"


def test_leader_reads_a_draft_but_does_not_review_it(browse: As, supervisor: TestClient) -> None:
    plan_id = draft(supervisor)["id"]
    leader = browse("leader")
    assert leader.get(f"/plans/{plan_id}/review").status_code == 303
    assert "校建办 未识别" in leader.get(f"/plans/{plan_id}").text
    assert browse("school").get(f"/plans/{plan_id}").status_code == 404


def test_archive_and_withdraw_by_page(supervisor: TestClient) -> None:
    first = issued(supervisor)
    page = followed(supervisor, post(supervisor, f"/plans/{first['id']}/archive", note="年度结束"))
    assert "已归档" in page
    second = issued(supervisor, KNOWN + "\n")
    page = followed(supervisor, post(supervisor, f"/plans/{second['id']}/withdraw"))
    assert "已停止执行" in page


def test_draft_is_deleted_by_page(supervisor: TestClient) -> None:
    plan_id = draft(supervisor)["id"]
    assert "草稿已删除" in followed(supervisor, post(supervisor, f"/plans/{plan_id}/delete"))
    assert supervisor.get(f"/plans/{plan_id}").status_code == 404


def test_blocked_issue_shows_the_review_again(supervisor: TestClient) -> None:
    plan_id = draft(supervisor)["id"]
    refused = post(supervisor, f"/plans/{plan_id}/issue")
    assert refused.status_code == 409
    assert "还不能印发：2 个责任单位未识别（校建办、培训中心）" in refused.text
    links = re.findall(r'href="([^"]*[?]item=[^"#]*)', refused.text)
    assert links
    assert {supervisor.get(link.replace("&amp;", "&")).status_code for link in links} == {200}


def test_markup_in_a_plan_is_shown_as_text(supervisor: TestClient) -> None:
    plan = draft(supervisor, PLAN.replace("清廉文化", "<img src=x>{{7*7}}文化").replace("校建办", "校<b>建办"))
    for path in (f"/plans/{plan['id']}", f"/plans/{plan['id']}/review", "/plans"):
        page = supervisor.get(path).text
        assert "<img src=x>" not in page
        assert "校<b>建" not in page
    assert "&lt;img src=x&gt;{{7*7}}文化" in supervisor.get(f"/plans/{plan['id']}/review").text


def test_htmx_gets_the_review_alone(supervisor: TestClient, world: World) -> None:
    plan = draft(supervisor)
    supervisor.headers["hx-request-type"] = "partial"
    fields = {"name": "校建办", "choice": f"unit:{world.unit['办公室']}"}
    part = post(supervisor, f"/plans/{plan['id']}/resolve", **fields)
    assert part.status_code == 200
    assert part.text.lstrip().startswith('<div class="stack" id="review">')
    assert "已识别“校建办”" in part.text
    assert "1 个责任单位未识别" in part.text


def test_long_plan_opens_one_form_only(supervisor: TestClient) -> None:
    many = "\n".join(f"{n}.落实第{n}类工作。主要措施：按要求办理。责任单位：教育股" for n in range(1, 61))
    plan = draft(supervisor, f"青川区教育局2026年工作方案\n\n一、主要任务\n{many}\n")
    assert plan["item_count"] == 60
    page = supervisor.get(f"/plans/{plan['id']}/review").text
    assert page.count('name="lead"') == 1
    assert "审阅这一项" in page
