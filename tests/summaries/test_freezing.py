"""What was handed up never changes; who reads it, and who does not."""

from typing import Any

from tests.conftest import As
from tests.stock import Stock
from tests.summaries.conftest import complained
from tests.summaries.test_figures import cells, told
from tests.walk.steps import API, ok


def begun(as_: As, plan: int, **prose: str) -> Any:
    made = ok(as_("supervisor").post(f"{API}/summaries", json={"plan_id": plan}), 201)
    headers = {"if-match": f'"{made["version"]}"'}
    return ok(as_("supervisor").patch(f"{API}/summaries/{made['id']}", json=prose, headers=headers))


def figure(found: dict[str, Any], section: str, label: str) -> Any:
    return next(each for each in found["sections"][section]["figures"] if each["label"] == label)


def test_a_final_summary_keeps_its_figures_and_shows_the_present_ones_on_request(
    as_: As, stock: Stock, plan: int
) -> None:
    path = f"{API}/summaries/{begun(as_, plan, problems='材料报送不及时。')['id']}"
    assert as_("leader").post(f"{path}/freeze").status_code == 403
    ok(as_("supervisor").post(f"{path}/freeze"))
    kept = told(as_, "supervisor", plan)
    assert kept["figures"] == "frozen" and kept["number"] == 1
    assert not any(cell["href"] for section in kept["sections"].values() for cell in cells(section))
    stock.rectification("实验小学", "closed", days=9)
    assert as_("supervisor").patch(path, json={"problems": "改"}, headers={"if-match": '"3"'}).status_code == 409
    assert told(as_, "leader", plan)["sections"] == kept["sections"]
    now = told(as_, "supervisor", plan, "?figures=live")
    assert (figure(now, "rectifications", "已销号")["text"], now["number"]) == ("2", None)
    compared = told(as_, "supervisor", plan, "?figures=compare")
    assert figure(compared, "rectifications", "已销号") == {"label": "已销号", "text": "1", "href": None, "now": "2"}
    assert figure(compared, "rectifications", "重启整改")["now"] is None
    ok(as_("supervisor").post(f"{path}/reopen", json={"note": "补充问题。"}))
    assert figure(told(as_, "supervisor", plan), "rectifications", "已销号")["text"] == "2"
    ok(as_("supervisor").post(f"{path}/freeze"))
    assert figure(told(as_, "supervisor", plan), "rectifications", "已销号")["text"] == "2"
    earlier = told(as_, "supervisor", plan, "?number=1")
    assert earlier["sections"] == kept["sections"]
    assert as_("supervisor").get(f"{API}/plans/{plan}/summary?number=9").status_code == 404


def test_units_see_neither_the_prose_nor_what_was_kept(as_: As, plan: int) -> None:
    row = begun(as_, plan, problems="材料报送不及时。")
    ok(as_("supervisor").post(f"{API}/summaries/{row['id']}/freeze"))
    assert told(as_, "discipline", plan)["sections"]["problems"]["text"] == "材料报送不及时。"
    for account in ("education", "school"):
        own = told(as_, account, plan)
        assert own["figures"] == "live" and own["summary"] is None and own["sections"]["problems"]["text"] is None
        assert as_(account).get(f"{API}/summaries/{row['id']}").status_code == 404
        assert as_(account).get(f"{API}/plans/{plan}/summary?number=1").status_code == 404
        assert ok(as_(account).get(f"{API}/summaries"))["data"] == []


def test_whom_a_complaint_is_about_does_not_find_it_among_the_figures_kept(as_: As, stock: Stock, plan: int) -> None:
    complained(stock, "人事股", accused_user_id=stock.world.user["leader"])
    row = begun(as_, plan)
    ok(as_("supervisor").post(f"{API}/summaries/{row['id']}/freeze"))
    received = {account: figure(told(as_, account, plan), "complaints", "收到") for account in ("supervisor", "leader")}
    assert received["supervisor"]["text"] == "3" and received["leader"]["text"] == "2"


def test_the_log_tells_which_sections_were_written(as_: As, plan: int) -> None:
    row = begun(as_, plan, problems="材料报送不及时。", overview="总体良好。")
    path, headers = f"{API}/summaries/{row['id']}", {"if-match": f'"{row["version"]}"'}
    after = ok(as_("supervisor").patch(path, json={"overview": None}, headers=headers))
    assert after["texts"] == {"problems": "材料报送不及时。"}
    events = ok(as_("auditor").get(f"{API}/events?resource=summary&resource_id={row['id']}"))["data"]
    assert [sorted(event["after"]) for event in events[:2]] == [["overview"], ["overview", "problems"]]
