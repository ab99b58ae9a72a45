"""Whatever button is pressed, what was typed elsewhere on the page is saved or shown again. All with scripts off."""

import re
from html import escape, unescape
from typing import Any

import pytest

from tests.accountability.steps import AT as ACTIONS
from tests.accountability.steps import late, proposed, take
from tests.assignments.conftest import Ledger
from tests.campaigns.steps import CHECKS, own, started
from tests.conftest import As, form
from tests.inspections.test_pages import PNG, problem_form
from tests.inspections.test_pages import sheet as sheet  # the fixture
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.venue_activities.steps import AT as ACTIVITIES
from tests.venue_activities.steps import days_go_by, registered
from tests.walk.steps import API, PDF, evidence, inspection, ok, rectification
from tests.world import World

TYPED = "板报评比已完成，<b>24</b> 名师生参加。"
NO_FILE = ("", b"")
"""What a browser sends for a file field left empty."""
FILE = ("评分表.pdf", PDF, "application/pdf")


def post(browser: Any, path: str, file: Any = NO_FILE, **fields: Any) -> Any:
    """As the page's one form sends it: always multipart."""
    return browser.post(path, data=form(browser, **fields), files={"file[]": file})


def box(answer: Any, name: str) -> str:
    """What stands in a text area of the page shown."""
    found = re.search(rf'<textarea[^>]*name="{name}"[^>]*>([^<]*)</textarea>', answer.text)
    return unescape(found[1]) if found else ""


def buttons(page: str, form_id: str) -> str:
    """The page's buttons that belong to that form, in markup."""
    return " ".join(re.findall(rf'<button[^>]*form="{form_id}"[^>]*>', page))


# A task: a report has no draft


@pytest.fixture
def task(stock: Stock) -> int:
    plan = stock.plan()
    return Ledger(stock, plan, stock.item(plan)).row("实验小学", "in_progress", days=9)


def report(**fields: Any) -> dict[str, Any]:
    return {"text": TYPED, "percent": "85", "offered_percent": "0", "reported_on": "", **fields}


def upload(task: int, **fields: Any) -> dict[str, Any]:
    return {"target": "assignments", "target_id": task, "beside": "1", "kind": "activity", **fields}


def state(as_: As, task: int) -> Any:
    return ok(as_("school").get(f"{API}/assignments/{task}"))


def test_every_button_of_a_task_belongs_to_the_one_form(browse: As, as_: As, task: int) -> None:
    evidence(as_("school"), target="assignments", target_id=task)
    page = browse("school").get(f"/assignments/{task}").text
    taken = buttons(page, "work")
    assert 'formaction="/evidence/upload"' in taken and "/unlink" in taken
    assert page.count('enctype="multipart/form-data"') == 1
    assert f'formaction="/assignments/{task}/submit"' in page


def test_submitting_saves_the_report_first(browse: As, as_: As, task: int) -> None:
    done = post(browse("school"), f"/assignments/{task}/submit", **report())
    assert done.status_code == 303, done.text
    row = state(as_, task)
    assert row["state"] == "submitted" and row["percent"] == 85
    assert [each["text"] for each in row["progress_reports"]] == [TYPED]


@pytest.mark.parametrize("wrong", [{"percent": "200"}, {"reported_on": "2199-01-01"}, {"text": " "}])
def test_a_refused_report_submits_nothing_and_is_shown_again(
    browse: As, as_: As, task: int, wrong: dict[str, str]
) -> None:
    refused = post(browse("school"), f"/assignments/{task}/submit", **report(**wrong))
    assert refused.status_code == 422 and "没有提交成功" in refused.text
    assert wrong.get("text") or box(refused, "text") == TYPED
    row = state(as_, task)
    assert row["state"] == "in_progress" and row["report_count"] == 0


def test_submitting_an_untouched_form_adds_no_report(browse: As, as_: As, task: int) -> None:
    ok(as_("school").post(f"{API}/assignments/{task}/progress-reports", json={"text": "一", "percent": 40}), 201)
    sent = report(text=" ", percent="40", offered_percent="40")
    assert post(browse("school"), f"/assignments/{task}/submit", **sent).status_code == 303
    assert state(as_, task)["report_count"] == 1


def test_a_refused_submission_says_that_the_report_is_saved(browse: As, as_: As, stock: Stock) -> None:
    plan = stock.plan()
    item = stock.item(plan, required_evidence=["scheme"])
    task = Ledger(stock, plan, item).row("实验小学", "in_progress")
    refused = post(browse("school"), f"/assignments/{task}/submit", **report())
    assert refused.status_code == 409 and "已保存进展" in refused.text
    assert box(refused, "text") == "", "pressing again must not save it twice"
    assert state(as_, task)["report_count"] == 1


def test_uploading_keeps_the_report_being_typed(browse: As, as_: As, task: int) -> None:
    school = browse("school")
    shown = post(school, "/evidence/upload", FILE, **upload(task), **report(reported_on="2023-10-11"))
    assert shown.status_code == 200, shown.text
    assert shown.headers["content-location"] == f"/assignments/{task}"
    assert "已上传 1 份印证资料" in shown.text and "还没有保存" in shown.text and "评分表" in shown.text
    assert box(shown, "text") == TYPED
    assert 'value="85"' in shown.text and 'value="2023-10-11"' in shown.text
    assert state(as_, task)["report_count"] == 0
    empty = post(school, "/evidence/upload", FILE, **upload(task), **report(text="", percent="0"))
    assert (empty.status_code, empty.headers["location"]) == (303, f"/assignments/{task}")


@pytest.mark.parametrize(("file", "status"), [(("a.exe", b"MZ"), 415), (NO_FILE, 422)])
def test_a_refused_upload_keeps_the_report_being_typed(
    browse: As, task: int, file: tuple[str, bytes], status: int
) -> None:
    refused = post(browse("school"), "/evidence/upload", file, **upload(task, kind="meeting"), **report())
    assert refused.status_code == status and 'id="errors"' in refused.text
    assert '<a href="/assignments" aria-current="page">' in refused.text, "the task's section"
    assert box(refused, "text") == TYPED and 'value="meeting" selected' in refused.text


def test_taking_evidence_off_keeps_the_report_being_typed(browse: As, as_: As, task: int) -> None:
    made = evidence(as_("school"), target="assignments", target_id=task)
    shown = post(browse("school"), f"/evidence/{made['id']}/unlink", **upload(task), **report())
    assert shown.status_code == 200 and "已撤下" in shown.text
    assert box(shown, "text") == TYPED
    assert ok(as_("school").get(f"{API}/evidence?target=assignments&target_id={task}"))["data"] == []


def test_files_chosen_are_kept_with_the_report(browse: As, as_: As, task: int) -> None:
    path = f"/assignments/{task}/progress-reports"
    assert post(browse("school"), path, FILE, **upload(task), **report()).status_code == 303
    proofs = ok(as_("school").get(f"{API}/evidence?target=assignments&target_id={task}"))["data"]
    assert [proof["title"] for proof in proofs] == ["评分表"] and state(as_, task)["report_count"] == 1
    refused = post(browse("school"), path, FILE, **upload(task, kind=""), **report())
    assert refused.status_code == 422 and 'id="f-kind-error"' in refused.text and box(refused, "text") == TYPED
    assert state(as_, task)["report_count"] == 1


@pytest.mark.parametrize("path", ["/assignments/{id}/submit", "/assignments/{id}/progress-reports"])
def test_a_form_with_files_needs_the_session_token(browse: As, as_: As, task: int, path: str) -> None:
    sent = {**upload(task), **report(), "csrf": "wrong"}
    answer = browse("school").post(path.format(id=task), data=sent, files={"file[]": FILE})
    assert answer.status_code == 403 and state(as_, task)["report_count"] == 0


# A rectification: what was typed is its draft

WORDS = {"cause": "总务换人。", "measures": "明确专人。", "result": "已更新。", "goal": ""}


@pytest.fixture
def matter(as_: As, world: World) -> dict[str, Any]:
    return rectification(as_, world)


def filled(matter: dict[str, Any], **fields: Any) -> dict[str, Any]:
    sent = {"target": "rectifications", "target_id": matter["id"], "beside": "1", "kind": "rectification"}
    return {**sent, "version": matter["version"], **WORDS, **fields}


def saved(as_: As, matter: dict[str, Any]) -> Any:
    return ok(as_("school").get(f"{API}/rectifications/{matter['id']}"))


def test_uploading_saves_the_draft(browse: As, as_: As, matter: dict[str, Any]) -> None:
    school, home = browse("school"), f"/rectifications/{matter['id']}"
    answer = post(school, "/evidence/upload", FILE, **filled(matter))
    assert (answer.status_code, answer.headers["location"]) == (303, home)
    shown = school.get(home)
    assert "已上传 1 份印证资料" in shown.text and "已存为草稿" in shown.text
    assert box(shown, "cause") == WORDS["cause"] and saved(as_, matter)["result"] == WORDS["result"]
    again = post(school, "/evidence/upload", ("二.pdf", PDF), **filled(saved(as_, matter)))
    assert again.status_code == 303 and "已存为草稿" not in school.get(home).text, "nothing was typed since"


def test_taking_evidence_off_saves_the_draft(browse: As, as_: As, matter: dict[str, Any]) -> None:
    made = evidence(as_("school"), target="rectifications", target_id=matter["id"])
    answer = post(browse("school"), f"/evidence/{made['id']}/unlink", **filled(matter))
    assert answer.status_code == 303 and saved(as_, matter)["cause"] == WORDS["cause"]


def test_a_refused_upload_keeps_the_draft_being_typed(browse: As, matter: dict[str, Any]) -> None:
    refused = post(browse("school"), "/evidence/upload", ("a.exe", b"MZ"), **filled(matter))
    assert refused.status_code == 415 and box(refused, "cause") == WORDS["cause"]


def test_files_chosen_go_with_the_submission(browse: As, as_: As, matter: dict[str, Any]) -> None:
    ok(as_("school").post(f"{API}/rectifications/{matter['id']}/start"))
    begun = filled(saved(as_, matter))
    answer = post(browse("school"), f"/rectifications/{matter['id']}/submit", FILE, **begun)
    assert answer.status_code == 303, answer.text
    row = saved(as_, matter)
    assert row["state"] == "submitted" and row["evidence_count"] == 1


def test_a_conflict_shows_what_is_saved_now(browse: As, as_: As, matter: dict[str, Any]) -> None:
    school, home = browse("school"), f"/rectifications/{matter['id']}"
    assert post(school, home, **filled(matter, cause="甲的说法\r\n两行", measures="同样")).status_code == 303
    mine = filled(matter, cause="乙的说法", measures="同样", result="")
    stale = post(school, home, **mine)
    assert stale.status_code == 412 and box(stale, "cause") == "乙的说法"
    told = dict(re.findall(r'id="f-(\w+)-hint">现在保存的是：<q>([^<]*)</q>', stale.text))
    assert {name: words.split() for name, words in told.items()} == {
        "cause": ["甲的说法", "两行"],
        "result": [WORDS["result"]],
    }
    after_upload = post(school, "/evidence/upload", FILE, **mine)
    assert after_upload.status_code == 412 and "已上传 1 份印证资料" in after_upload.text
    assert box(after_upload, "cause") == "乙的说法" and "现在保存的是" in after_upload.text
    informed = post(school, home, **{**mine, "version": saved(as_, matter)["version"]})
    assert informed.status_code == 303 and saved(as_, matter)["cause"] == "乙的说法"


# A visit: the sheet is a draft, the finding has none


def test_saving_the_sheet_keeps_the_finding_being_typed(browse: As, sheet: tuple[int, int]) -> None:
    row_id, unit_id = sheet
    office, here = browse("supervisor"), f"/inspections/{row_id}/visits/{unit_id}"
    finding = problem_form(office, unit_id, point_key="2", deadline_on="2199-01-01", offered_on="2199-02-02")
    sheet_fields = {"visited_on": "", "note": "上午到校", "p-1": "met", "p-1-score": "7"}
    for pressed in ({}, {"done": "1"}, {"point": "2"}):
        shown = post(office, f"/inspections/{row_id}/visits", **{**finding, **sheet_fields, **pressed})
        assert shown.status_code == 200 and shown.headers["content-location"] == here
        assert "草稿已保存" in shown.text and "问题还没有保存" in shown.text
        assert box(shown, "description") == finding["description"]
        assert 'value="教育收费"' in shown.text and 'value="2199-01-01"' in shown.text
        assert re.search(r'value="serious" checked', shown.text) and 'name="point_key" value="2"' in shown.text
    assert "上午到校" in office.get(here).text and "已检 <b>1</b> / 2 项" in office.get(here).text


def test_an_untouched_finding_form_is_no_finding(browse: As, sheet: tuple[int, int]) -> None:
    row_id, unit_id = sheet
    office = browse("supervisor")
    offered = {"severity": "major", "deadline_on": "2199-01-01", "offered_on": "2199-01-01", "basis": "甲"}
    untouched = {**offered, "offered_basis": "甲", "point_key": "2", "description": "", "unit_id": unit_id}
    answer = post(office, f"/inspections/{row_id}/visits", **untouched, **{"p-1": "met"})
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/inspections/{row_id}/visits/{unit_id}?point=2",
    )


def test_saving_a_finding_saves_the_sheet(browse: As, as_: As, sheet: tuple[int, int]) -> None:
    row_id, unit_id = sheet
    office = browse("supervisor")
    both = {**problem_form(office, unit_id), "visited_on": "", "note": "下午到校", "p-1": "met", "p-1-score": "7"}
    refused = post(office, f"/inspections/{row_id}/findings", **{**both, "p-1-score": "99"})
    assert refused.status_code == 422 and 'value="99"' in refused.text
    assert box(refused, "description") == both["description"] and box(refused, "note") == "下午到校"
    assert ok(as_("supervisor").get(f"{API}/findings"))["data"] == []
    kept = post(office, f"/inspections/{row_id}/findings", ("现场.png", PNG, "image/png"), **both)
    assert kept.status_code == 303
    (visit,) = ok(as_("supervisor").get(f"{API}/inspections/{row_id}/visits"))["data"]
    assert visit["note"] == "下午到校" and visit["answers"]["1"]["score"] == 7
    assert len(ok(as_("supervisor").get(f"{API}/findings"))["data"]) == 1


def test_a_file_is_refused_where_the_sheet_wants_text(browse: As, sheet: tuple[int, int]) -> None:
    office = browse("supervisor")
    refused = office.post(f"/inspections/{sheet[0]}/visits", data=form(office), files={"note": ("a.txt", b"x")})
    assert refused.status_code == 400 and "不能是文件" in refused.text


# Many rows at once


def test_a_refused_bulk_step_keeps_the_selection(browse: As, stock: Stock) -> None:
    plan = stock.plan()
    ledger = Ledger(stock, plan, stock.item(plan))
    one, two, other = (ledger.row(unit, "submitted") for unit in ("实验小学", "第一中学", "第一幼儿园"))
    office = browse("supervisor")
    chosen = {"ids[]": [str(one), str(two)], "action": "send_back"}
    refused = office.post("/assignments/bulk?view=unit", data=form(office, **chosen, note=""))
    assert refused.status_code == 422
    assert ticked(refused) == {one, two} and "已选 2 项" in refused.text
    nothing = office.post("/assignments/bulk?view=unit", data=form(office, action="send_back", note="缺总结。"))
    assert ticked(nothing) == set() and 'value="缺总结。"' in nothing.text
    doing = ledger.row("实验小学", "in_progress", period="2024")
    partly = {"ids[]": [str(one), str(doing)], "action": "send_back", "note": "缺总结。"}
    told = office.post("/assignments/bulk?view=unit", data=form(office, **partly))
    assert ticked(told) == {doing} and other not in ticked(told)


def ticked(answer: Any) -> set[int]:
    return {int(row) for row in re.findall(r'name="ids\[\]" value="(\d+)"[^>]* checked', answer.text)}


def test_the_texts_of_a_form_with_files_are_bounded_together(as_: As, browse: As, world: World) -> None:
    made = inspection(as_, [world.unit["实验小学"]])
    ok(as_("supervisor").post(f"{API}/inspections/{made['id']}/start"))
    office = browse("supervisor")
    fields = form(office, unit_id=str(world.unit["实验小学"]), **{f"p-{n}": "x" * 60_000 for n in range(20)})
    parts = {name: (None, value) for name, value in fields.items()}
    refused = office.post(f"/inspections/{made['id']}/visits", files=parts)
    assert refused.status_code == 413 and "文字过长" in refused.text


# A self-check, who came, a reply: in one form with their papers


def test_a_self_check_is_handed_in_as_it_stands_on_the_page(as_: As, browse: As, world: World) -> None:
    row = own(as_("school"), started(as_, world))
    school, place = browse("school"), f"/self-checks/{row['id']}"
    typed = {"situation": TYPED, "has_problem": "false", "problem": "", "version": row["version"], "kind": "inspection"}
    typed |= {"target": "self-checks", "target_id": row["id"]}
    refused = post(school, f"{place}/submit", **typed)
    assert refused.status_code == 409 and "请至少上传或关联一份资料" in refused.text
    assert box(refused, "situation") == TYPED == ok(school.get(f"{CHECKS}/{row['id']}"))["situation"]
    for action in (f"{place}/submit", "/evidence/upload"):
        assert f'formaction="{action}"' in buttons(refused.text, "fill"), action
    typed["version"] = ok(school.get(f"{CHECKS}/{row['id']}"))["version"]
    sent = school.post(
        f"{place}/submit", data=form(school, **typed | {"situation": "又核对一遍。"}), files={"file[]": FILE}
    )
    assert sent.status_code == 303, sent.text
    done = ok(school.get(f"{CHECKS}/{row['id']}"))
    assert (done["state"], done["situation"], len(done["evidence"])) == ("submitted", "又核对一遍。", 1)


def test_a_self_check_typed_is_kept_by_the_upload(as_: As, browse: As, world: World) -> None:
    row = own(as_("school"), started(as_, world))
    school = browse("school")
    typed = {"situation": TYPED, "version": row["version"], "target": "self-checks", "target_id": row["id"]}
    typed |= {"beside": "1", "kind": "inspection"}
    assert school.post("/evidence/upload", data=form(school, **typed), files={"file[]": FILE}).status_code == 303
    assert ok(school.get(f"{CHECKS}/{row['id']}"))["situation"] == TYPED
    nothing = post(school, "/evidence/upload", **typed | {"situation": "另写的一段。", "version": row["version"] + 1})
    assert nothing.status_code == 422 and box(nothing, "situation") == "另写的一段。"


def test_who_came_is_kept_by_the_upload(as_: As, browse: As, stock: Stock) -> None:
    row = registered(as_("school"))
    ok(as_("supervisor").post(f"{ACTIVITIES}/{row['id']}/approve"))
    days_go_by(stock, row["id"])
    school, typed = browse("school"), {"attended": "57", "note": TYPED, "kind": "activity"}
    target = {"target": "venue-activities", "target_id": row["id"], "beside": "1"}
    shown = school.post("/evidence/upload", data=form(school, **typed, **target), files={"file[]": FILE})
    assert shown.status_code == 200 and escape(TYPED, quote=False) in shown.text and 'value="57"' in shown.text
    done = school.post(
        f"/venue-activities/{row['id']}/hold", data=form(school, **typed, **target), files={"file[]": FILE}
    )
    assert done.status_code == 303
    held = ok(school.get(f"{ACTIVITIES}/{row['id']}"))
    assert (held["attended"], len(held["evidence"])) == (57, 2)


def test_a_reply_is_kept_by_the_upload(as_: As, browse: As, world: World, stock: Stock) -> None:
    row = proposed(as_("supervisor"), world, late(stock))
    take(as_("leader"), row, "approve")
    take(as_("supervisor"), row, "serve")
    school, typed = browse("school"), {"note": TYPED, "kind": "rectification"}
    target = {"target": "accountability-actions", "target_id": row["id"], "beside": "1"}
    shown = school.post("/evidence/upload", data=form(school, **typed, **target), files={"file[]": FILE})
    assert shown.status_code == 200 and box(shown, "note") == TYPED
    answered = school.post(f"/accountability-actions/{row['id']}/reply", data=form(school, **typed, **target))
    assert answered.status_code == 303 and ok(school.get(f"{ACTIONS}/{row['id']}"))["reply"] == TYPED


# What is missing stands on another page


def test_what_a_decision_lacks_leads_to_where_it_is_filled_in(as_: As, browse: As, world: World) -> None:
    body = {"unit_id": world.unit["实验小学"], "category": "decision", "proposer": "林青", "subject": "修订绩效办法"}
    row = ok(as_("school").post(f"{API}/major-decisions", json=body), 201)
    school = browse("school")
    refused = school.post(f"/major-decisions/{row['id']}/deliberate", data=form(school))
    assert refused.status_code == 409 and f'href="/major-decisions/{row["id"]}/edit#f-preparation"' in refused.text
    assert 'id="f-preparation"' in school.get(f"/major-decisions/{row['id']}/edit").text
