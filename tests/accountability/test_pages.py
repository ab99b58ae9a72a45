"""Pages of accountability: proposing by hand, and keeping the ladder."""

from tests.accountability.steps import AT, LADDER, SCHOOL, late, proposed, take
from tests.conftest import As, form
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, PDF, ok
from tests.world import World


def test_what_may_be_cited_is_offered_and_what_was_chosen_is_kept(
    as_: As, browse: As, stock: Stock, world: World
) -> None:
    discipline, task = browse("discipline"), late(stock)
    late(stock, "第一中学")
    shown = discipline.get(f"/accountability-actions/new?unit_id={world.unit[SCHOOL]}").text
    assert f'value="overdue_assignment:{task}"' in shown and shown.count('name="triggers[]"') == 1
    fields = {"unit_id": world.unit[SCHOOL], "kind": "personal_talk", "reason": "多次催办仍未办结。"}
    chosen = {"triggers[]": [f"overdue_assignment:{task}"]}
    for wrong, told in ((fields, "至少要有 1 项"), (fields | chosen, "请选择或填写被问责人")):
        answer = discipline.post("/accountability-actions", data=form(discipline, **wrong))
        assert answer.status_code == 422 and told in answer.text and "多次催办仍未办结。" in answer.text
    assert f'value="overdue_assignment:{task}" checked' in answer.text
    made = discipline.post("/accountability-actions", data=form(discipline, **fields, **chosen, person="林青"))
    assert made.status_code == 303
    page = discipline.get(made.headers["location"]).text
    assert "约谈责任人" in page and "林青" in page and f'href="/assignments/{task}"' in page
    version = ok(as_("discipline").get(f"{API}{made.headers['location']}"))["version"]
    edit = form(discipline, version=version, kind="self_examination", person="林青", reason="逾期。")
    assert discipline.post(f"{made.headers['location']}/edit", data=edit).status_code == 303
    assert ok(as_("leader").get(AT))["data"][0]["kind"] == "self_examination"


def test_the_supervisor_keeps_the_ladder(as_: As, browse: As) -> None:
    supervisor, leader = browse("supervisor"), browse("leader")
    rung = {"trigger": "refused_recheck", "threshold": "5", "proposes": "open_criticism", "enabled": "1"}
    assert supervisor.post("/accountability-rungs", data=form(supervisor, **rung)).status_code == 303
    again = supervisor.post("/accountability-rungs", data=form(supervisor, **rung))
    assert again.status_code == 409 and "重复" in again.text
    assert "整改验收退回满 5 次" in leader.get("/accountability-rungs").text
    (row,) = ok(as_("supervisor").get(f"{LADDER}?trigger=refused_recheck&enabled=true"))["data"][2:]
    home = f"/accountability-rungs/{row['id']}"
    edit = {"version": row["version"], "threshold": "6", "proposes": "open_criticism"}
    assert leader.post(home, data=form(leader, **edit)).status_code == 403
    assert supervisor.post(home, data=form(supervisor, **edit)).status_code == 303
    changed = ok(as_("supervisor").get(f"{LADDER}/{row['id']}"))
    assert (changed["condition"], changed["enabled"]) == ("整改验收退回满 6 次", False)


def test_what_is_wrong_with_a_paper_of_a_reply_is_said_at_its_field(
    as_: As, browse: As, stock: Stock, world: World
) -> None:
    row = take(as_("leader"), proposed(as_("supervisor"), world, late(stock)), "approve")
    row = take(as_("supervisor"), row, "serve")
    school, home = browse("school"), f"/accountability-actions/{row['id']}"
    sent = form(school, note="已补齐。", kind="")
    refused = school.post(f"{home}/reply", data=sent, files={"file[]": ("照片.pdf", PDF, "application/pdf")})
    assert refused.status_code == 422 and "已补齐。" in refused.text
    assert 'href="#f-kind">资料类别：' in refused.text and 'id="f-kind"' in refused.text
    bare = school.post(f"{home}/reply", data=form(school, note=""))
    assert 'href="#f-note"' in bare.text and 'id="f-note"' in bare.text
