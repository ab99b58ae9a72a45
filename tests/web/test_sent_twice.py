"""A page's form sent twice, with scripts off, has one effect and one answer; fetched anew it is another form."""

import inspect
import sys
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.core.calendar import now
from app.core.idempotency import AGAIN, RECORD, SAME_DAY, shape_of
from app.core.operation import operation_name
from app.identity.gate import PUBLIC
from tests.assignments.conftest import Ledger
from tests.at_once import at_once
from tests.conftest import As
from tests.generated.forms import forms_of
from tests.generated.routes import CHANGING, routes
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, PDF, ok
from tests.world import World

FILE = ("评分表.pdf", PDF, "application/pdf")
EACH_TIME = {
    "complaint.identify": "each is a reading of its own, and its answer is kept nowhere",
    "complaint.register": "no answer is kept of what names somebody; twice the same is one by its nonce",
    "plan.dispatch": "what is there is not made again",
    "audit.verify": "each is a check of its own",
    "user.change_password": "a hash of it would stand for a password; the second no longer knows the old one",
    "second_factor.begin": "as its twin",
    "second_factor.confirm": "as its twin: a code is taken once",
    "second_factor.remove": "as its twin",
}
"""Of these pages the same form sent twice is done twice, or refused the second time, as their JSON twins take no key."""


@pytest.fixture
def task(stock: Stock) -> int:
    plan = stock.plan()
    return Ledger(stock, plan, stock.item(plan)).row("实验小学", "in_progress", days=9)


def offered(browser: Any, path: str, action: str) -> dict[str, Any]:
    """The form that leads to ``action``, as the page at ``path`` offers it now."""
    return filled_in(browser.get(path).text, action)


def filled_in(html: str, action: str) -> dict[str, Any]:
    return dict(next(form.fields for form in forms_of(html) if form.action == action))


def urging(browser: Any, task: int, note: str = "请抓紧。") -> dict[str, Any]:
    return {**offered(browser, f"/assignments/{task}", f"/assignments/{task}/urgings"), "note": note}


def urgings(as_: As, task: int) -> int:
    return len(ok(as_("school").get(f"{API}/assignments/{task}"))["urgings"])


def test_the_same_form_twice_adds_one_row_and_answers_as_before(browse: As, as_: As, task: int) -> None:
    browser = browse("supervisor")
    sent = urging(browser, task)
    first, second = (browser.post(f"/assignments/{task}/urgings", data=sent) for _ in range(2))
    assert (first.status_code, urgings(as_, task)) == (303, 1)
    told = [(each.status_code, each.headers["location"], each.headers["set-cookie"]) for each in (first, second)]
    assert told[0] == told[1]


def test_the_answer_names_the_row_that_was_made_first(browse: As, as_: As) -> None:
    browser = browse("sysadmin")
    sent = {**offered(browser, "/units/new", "/units"), "code": "N1", "name": "新学校", "kind": "school"}
    first, second = (browser.post("/units", data=sent) for _ in range(2))
    assert first.status_code == second.status_code == 303, second.text
    assert first.headers["location"] == second.headers["location"]


def test_two_at_once_are_one(app: FastAPI, browse: As, as_: As, task: int, world: World) -> None:
    browser = browse("supervisor")
    sent = urging(browser, task)
    cookie = f"ql={browser.cookies['ql']}"

    async def post(client: httpx.AsyncClient, n: int) -> httpx.Response:
        headers = {"authorization": "", "cookie": cookie}
        return await client.post(f"/assignments/{task}/urgings", data=sent, headers=headers)

    answers = at_once(app, world.token["supervisor"], post)
    assert {(each.status_code, each.headers["location"]) for each in answers} == {(303, f"/assignments/{task}")}
    assert urgings(as_, task) == 1


def test_a_page_gone_back_to_reports_once(browse: As, as_: As, task: int) -> None:
    """A browser fetches it anew and puts back what was typed, but for the files."""
    browser = browse("school")
    home, action = f"/assignments/{task}", f"/assignments/{task}/progress-reports"
    typed = {"text": "已开展主题活动。", "percent": "60", "kind": "activity"}
    assert browser.post(action, data={**offered(browser, home, action), **typed}, files={"file[]": FILE}).is_redirect
    refused = browser.post(action, data={**offered(browser, home, action), **typed})
    assert refused.status_code == 409 and "同样的内容已经提交过" in refused.text, refused.text
    shown = filled_in(refused.text, action)
    assert (shown["text"], shown["percent"]) == (typed["text"], typed["percent"])
    assert ok(as_("school").get(f"{API}{home}"))["report_count"] == 1
    for _ in range(2):
        assert browser.post(action, data=shown).is_redirect, "asked, it is meant; by two presses once"
    assert ok(as_("school").get(f"{API}{home}"))["report_count"] == 2


def test_a_report_saved_before_is_submitted_from_a_page_gone_back_to(browse: As, as_: As, task: int) -> None:
    browser = browse("school")
    home = f"/assignments/{task}"
    action = f"{home}/progress-reports"
    typed = {"text": "已开展主题活动。\r\n另附签到表。", "percent": "100"}  # As a browser sends two lines.
    assert browser.post(action, data={**offered(browser, home, action), **typed}).is_redirect
    assert browser.post(f"{home}/submit", data={**offered(browser, home, action), **typed}).is_redirect
    assert "此前已经保存，没有重复保存。已提交审核" in browser.get(home).text
    row = ok(as_("school").get(f"{API}{home}"))
    assert (row["state"], row["report_count"]) == ("submitted", 1)


def test_a_report_saved_before_is_shown_no_more_where_its_row_cannot_be_submitted(
    browse: As, as_: As, stock: Stock
) -> None:
    plan = stock.plan()
    item = stock.item(plan, required_evidence=["scheme"])
    home = f"/assignments/{Ledger(stock, plan, item).row('实验小学', 'in_progress')}"
    browser, action = browse("school"), f"{home}/progress-reports"
    typed = {"text": "已开展主题活动。", "percent": "100"}
    assert browser.post(action, data={**offered(browser, home, action), **typed}).is_redirect
    refused = browser.post(f"{home}/submit", data={**offered(browser, home, action), **typed})
    assert refused.status_code == 409 and "还缺印证资料" in refused.text and "没有重复保存" in refused.text
    assert filled_in(refused.text, action)["text"] == "", "it is saved, and would be asked about again"


def test_files_chosen_anew_on_a_page_gone_back_to_are_those_that_came_with_the_report(
    browse: As, as_: As, task: int
) -> None:
    browser, home = browse("school"), f"/assignments/{task}"
    action = f"{home}/progress-reports"
    typed = {"text": "已开展主题活动。", "percent": "100", "kind": "activity"}
    other = ("签到表.pdf", PDF + b"\n", "application/pdf")
    for path, files in ((action, [FILE]), (action, [FILE]), (f"{home}/submit", [FILE, other])):
        sent = {**offered(browser, home, action), **typed}
        browser.post(path, data=sent, files=[("file[]", each) for each in files])
    row = ok(as_("school").get(f"{API}{home}"))
    assert (row["state"], row["report_count"]) == ("submitted", 1)
    proofs = ok(as_("school").get(f"{API}/evidence?target=assignments&target_id={task}"))["data"]
    assert sorted(each["title"] for each in proofs) == ["签到表", "评分表"]


def test_words_that_are_no_longer_the_last_are_not_submitted_unasked(browse: As, as_: As, task: int) -> None:
    browser = browse("school")
    home = f"/assignments/{task}"
    action = f"{home}/progress-reports"
    first, then = {"text": "已开展主题活动。", "percent": "100"}, {"text": "还差一场。", "percent": "60"}
    for typed in (first, then):
        assert browser.post(action, data={**offered(browser, home, action), **typed}).is_redirect
    asked = browser.post(f"{home}/submit", data={**offered(browser, home, action), **first})
    assert asked.status_code == 409 and "同样的内容已经提交过" in asked.text
    assert ok(as_("school").get(f"{API}{home}"))["state"] == "in_progress"
    assert browser.post(f"{home}/submit", data=filled_in(asked.text, action)).is_redirect
    row = ok(as_("school").get(f"{API}{home}"))
    assert (row["state"], row["percent"], row["report_count"]) == ("submitted", 100, 3)


def test_urging_many_rows_once_more_is_asked_about_too(browse: As, as_: As, task: int) -> None:
    browser = browse("supervisor")
    typed = {"ids": [str(task)], "action": "urge", "note": "请抓紧。"}
    page, action = "/assignments?view=unit", "/assignments/bulk?view=unit"
    first, second = (browser.post(action, data={**offered(browser, page, action), **typed}) for _ in "12")
    assert first.is_redirect and urgings(as_, task) == 1
    assert second.status_code == 409 and "同样的内容已经提交过" in second.text
    again = {**filled_in(second.text, action), **typed}
    assert browser.post(action, data=again).is_redirect and urgings(as_, task) == 2


def test_what_a_page_gone_back_to_would_add_is_asked_about(browse: As, as_: As) -> None:
    browser = browse("sysadmin")
    typed = {"code": "N1", "name": "新校", "kind": "school"}
    first, second = (browser.post("/units", data={**offered(browser, "/units/new", "/units"), **typed}) for _ in "12")
    assert first.is_redirect
    assert second.status_code == 409 and "同样的内容已经提交过" in second.text, second.text
    meant = browser.post("/units", data=filled_in(second.text, "/units"))
    assert meant.status_code == 409 and "同样的内容" not in meant.text, "asked once, then told what else is wrong"


def test_a_paper_that_was_voided_is_drafted_anew_by_its_button(browse: As, as_: As, stock: Stock) -> None:
    """The button has no words to be asked about; that there is one paper for a row is the paper's own rule."""
    row = stock.rectification("实验小学")
    browser, home = browse("supervisor"), f"/rectifications/{row}"
    drafted = browser.post("/documents", data=offered(browser, home, "/documents"))
    assert drafted.is_redirect, drafted.text
    paper = drafted.headers["location"].removesuffix("/edit")
    ok(as_("supervisor").post(f"{API}{paper}/void", json={"note": "写错了。"}))
    again = browser.post("/documents", data=offered(browser, home, "/documents"))
    assert again.is_redirect and again.headers["location"] != drafted.headers["location"], again.text


def test_the_same_words_to_another_row_are_another_form(browse: As, as_: As, stock: Stock, task: int) -> None:
    plan = stock.plan()
    other = Ledger(stock, plan, stock.item(plan)).row("实验小学", "in_progress", days=9)
    browser = browse("supervisor")
    for each in (task, other):
        assert browser.post(f"/assignments/{each}/urgings", data=urging(browser, each)).is_redirect
    assert urgings(as_, other) == urgings(as_, task) == 1


def test_the_same_form_much_later_is_meant_anew(app: FastAPI, browse: As, as_: As, task: int) -> None:
    """Of a page that comes back from the browser's memory: after a while its sender is asked, next day it is done."""
    browser = browse("supervisor")
    sent = urging(browser, task)
    assert browser.post(f"/assignments/{task}/urgings", data=sent).status_code == 303
    for ago, answer, count in ((AGAIN, 409, 1), (SAME_DAY, 303, 2)):
        older = sa.update(RECORD).values(created_at=now() - ago)
        app.state.database.write_now(lambda connection, older=older: connection.execute(older))
        assert browser.post(f"/assignments/{task}/urgings", data=sent).status_code == answer
        assert urgings(as_, task) == count


def test_going_back_and_writing_something_else_is_another_form(browse: As, as_: As, task: int) -> None:
    """A browser may show a page from its memory, with the form as it was sent."""
    browser = browse("supervisor")
    sent = urging(browser, task)
    for note in ("请抓紧。", "请于周五前报。"):
        assert browser.post(f"/assignments/{task}/urgings", data={**sent, "note": note}).status_code == 303
    assert urgings(as_, task) == 2


def test_a_refused_form_is_offered_anew(browse: As, as_: As, task: int) -> None:
    browser = browse("supervisor")
    action = f"/assignments/{task}/urgings"
    sent = urging(browser, task)
    refused = browser.post(action, data={**sent, "level": "9"})
    assert refused.status_code == 422
    again = filled_in(refused.text, action)
    assert again["csrf"] != sent["csrf"] and again["note"] == sent["note"]
    assert browser.post(action, data={**again, "level": "1"}).status_code == 303
    assert urgings(as_, task) == 1


def test_a_report_and_its_file_sent_twice_are_kept_once(browse: As, as_: As, task: int) -> None:
    browser = browse("school")
    action = f"/assignments/{task}/progress-reports"
    sent = {**offered(browser, f"/assignments/{task}", action), "text": "已开展主题活动。", "percent": "60"}
    sent["kind"] = "activity"
    first, second = (browser.post(action, data=sent, files={"file[]": FILE}) for _ in range(2))
    assert first.status_code == second.status_code == 303, second.text
    assert first.headers["set-cookie"] == second.headers["set-cookie"]
    row = ok(as_("school").get(f"{API}/assignments/{task}"))
    proofs = ok(as_("school").get(f"{API}/evidence?target=assignments&target_id={task}"))["data"]
    assert (row["report_count"], len(proofs)) == (1, 1)
    other = browser.post(action, data=sent, files={"file[]": ("评分表.pdf", PDF + b"\n", "application/pdf")})
    assert other.status_code == 409 and "已上传 1 份印证资料" in other.text, "another file, another form"
    assert ok(as_("school").get(f"{API}/assignments/{task}"))["report_count"] == 1, "of the same words"


def test_a_step_sent_twice_is_answered_as_it_was(browse: As, as_: As, task: int) -> None:
    """Not with 已被他人更新, which would be said of oneself."""
    ok(as_("school").post(f"{API}/assignments/{task}/progress-reports", json={"text": "已办。", "percent": 100}), 201)
    ok(as_("school").post(f"{API}/assignments/{task}/submit"))
    browser = browse("supervisor")
    sent = offered(browser, f"/assignments/{task}", f"/assignments/{task}/complete")
    answers = [browser.post(f"/assignments/{task}/complete", data=sent) for _ in range(2)]
    assert [each.status_code for each in answers] == [303, 303]
    query = f"{API}/events?operation=assignment.complete&resource_id={task}"
    assert len(ok(as_("auditor").get(query))["data"]) == 1


def test_an_edit_that_changed_nothing_is_not_called_saved_the_second_time_either(
    browse: As, as_: As, world: World
) -> None:
    home = f"/units/{world.unit['实验小学']}"
    browser = browse("sysadmin")
    sent = offered(browser, home, home)
    told = [browser.post(home, data=sent).headers["set-cookie"] for _ in range(2)]
    assert told[0] == told[1]


def test_a_form_is_its_user_s(browse: As, as_: As, task: int) -> None:
    """Behind the point stands what anybody may know; the token before it is the session's."""
    supervisor, leader = browse("supervisor"), browse("leader")
    sent = urging(supervisor, task)
    rendering = sent["csrf"].partition(".")[2]
    assert supervisor.post(f"/assignments/{task}/urgings", data=sent).status_code == 303
    stolen = leader.post(f"/assignments/{task}/urgings", data=sent)
    assert stolen.status_code == 403
    own = {**sent, "csrf": f"{leader.headers['x-csrf-token']}.{rendering}"}
    assert leader.post(f"/assignments/{task}/urgings", data=own).status_code == 403, "may not urge, and is told so"


def operations() -> dict[str, Any]:
    """Every operation by its name, found where the application's modules keep them."""
    found = {}
    for module in [module for name, module in sys.modules.items() if name.startswith("app.")]:
        for value in vars(module).values():
            for each in value.values() if isinstance(value, dict) else (value,):
                if inspect.isfunction(each) and "operation" in each.__dict__:
                    found[operation_name(each)] = each
    return found


def test_every_page_that_changes_something_can_say_again_what_came_of_it(app: FastAPI) -> None:
    """A new page joins by itself: what its operation gives can be written down and read, unless it is named above."""
    known = operations()
    pages = [each for each in routes(app) if not each.is_json and each.method in CHANGING]
    named = {each.operation for each in pages if (each.method, each.path) not in PUBLIC and each.operation}
    assert len(named) > 100 and named >= set(EACH_TIME)
    assert [name for name in named - set(EACH_TIME) if not shape_of(known[name])] == []
