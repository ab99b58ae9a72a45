"""What the plan demands, row 23: circulars, talks and accountability for slow or poor work, by the supervision office."""

import re

from tests.accountability.steps import AT, SCHOOL, late
from tests.conftest import As, form
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, PDF, ok
from tests.world import World


def test_from_what_is_overdue_to_what_came_of_it(as_: As, browse: As, stock: Stock, world: World) -> None:
    supervisor, leader, school = browse("supervisor"), browse("leader"), browse("school")
    task = late(stock, days=-9)  # Five workdays and more.
    matter = stock.rectification(SCHOOL, "in_progress", days=-40)
    # Looked at before, then proposed: an order for the task, a talk for the rectification.
    seen = supervisor.get("/accountability-actions/preview").text
    assert "提出这 2 项" in seen and "任务逾期满 5 个工作日" in seen and "整改逾期满 10 个工作日" in seen
    assert supervisor.post("/accountability-actions/run", data=form(supervisor)).status_code == 303
    rows = {row["kind"]: row for row in ok(as_("supervisor").get(AT))["data"]}
    assert rows["urging_order"]["triggers"][0]["row_id"] == task and rows["talk"]["triggers"][0]["row_id"] == matter
    homes = {kind: f"/accountability-actions/{row['id']}" for kind, row in rows.items()}
    assert school.get(homes["talk"]).status_code == 404
    # A leader finds both among what waits, and approves.
    waiting = leader.get("/my-work").text
    assert "问责 · 约谈 · 实验小学" in waiting and "问责 · 督办 · 实验小学" in waiting
    for home in homes.values():
        assert leader.post(f"{home}/approve", data=form(leader)).status_code == 303
    assert "起草公文" in supervisor.get("/my-work").text
    for kind, home in homes.items():
        drawn = supervisor.post(f"{home}/draw-up", data=form(supervisor))
        assert drawn.status_code == 303
        paper = ok(as_("supervisor").get(f"{API}{home}"))["document_id"]
        if kind == "talk":
            fields = {"talk_on": "2026-12-31", "talk_time": "09:30", "talk_place": "三楼会议室"}
            version = ok(as_("supervisor").get(f"{API}/documents/{paper}"))["version"]
            ok(as_("supervisor").patch(f"{API}/documents/{paper}", headers={"if-match": str(version)}, json=fields))
        for browser, step in ((supervisor, "submit"), (leader, "approve"), (supervisor, "serve")):
            assert browser.post(f"/documents/{paper}/{step}", data=form(browser)).status_code == 303, step
    # Served with its paper, the order is before the school, which replies with proof.
    order = homes["urging_order"]
    assert re.search("青教督办〔\\d+〕1号", school.get(order).text) and "请在" in school.get("/notifications").text
    assert "问责 · 督办 · 实验小学" in school.get("/my-work").text
    target = {
        "target": "accountability-actions",
        "target_id": order.rpartition("/")[2],
        "back": order,
        "kind": "policy",
    }
    upload = {"data": form(school, **target), "files": {"file": ("规则.pdf", PDF, "application/pdf")}}
    assert school.post("/evidence/upload", **upload).headers["location"] == order
    empty = school.post(f"{order}/reply", data=form(school))
    assert empty.status_code == 422 and "必须写明" in empty.text
    said = "原因是交接不清，已明确专人，规则已修订印发。"
    assert school.post(f"{order}/reply", data=form(school, note=said)).status_code == 303
    # The talk is held and recorded before the school replies to it.
    talk = homes["talk"]
    assert school.post(f"{talk}/reply", data=form(school, note=said)).status_code == 409
    notice = ok(as_("supervisor").get(f"{API}{talk}"))["document_id"]
    record = ok(as_("supervisor").post(f"{API}/documents", json={"kind": "talk_record", "notice_id": notice}), 201)[
        "id"
    ]
    assert f'href="/documents/{record}">约谈记录' in supervisor.get(talk).text
    photo = {"target": "accountability-actions", "target_id": talk.rpartition("/")[2], "back": talk, "kind": "meeting"}
    upload = {"data": form(supervisor, **photo), "files": {"file": ("签到.pdf", PDF, "application/pdf")}}
    assert supervisor.post("/evidence/upload", **upload).headers["location"] == talk
    held = form(supervisor, note="12月31日约谈校长，要求十日内整改到位。")
    assert supervisor.post(f"{talk}/perform", data=held).status_code == 303
    assert f"/documents/{record}" not in school.get(talk).text and "签到" in school.get(talk).text
    assert school.post(f"{talk}/reply", data=form(school, note=said)).status_code == 303
    # A reply that does not answer goes back, with as long again for the next; what was performed is not anew.
    back = form(supervisor, note="请写明落实的时间。")
    assert supervisor.post(f"{order}/send-back", data=form(supervisor)).status_code == 422
    for home in homes.values():
        assert supervisor.post(f"{home}/send-back", data=back).status_code == 303
    assert "请写明落实的时间" in school.get(order).text and "问责 · 督办 · 实验小学" in school.get("/my-work").text
    assert supervisor.post(f"{talk}/perform", data=held).status_code == 409
    for home in homes.values():
        assert school.post(f"{home}/reply", data=form(school, note=said)).status_code == 303
    # What came of it is recorded on closing, and stands in the ledger.
    assert said in supervisor.get(order).text and "请核实成效后办结" in supervisor.get("/my-work").text
    for home in homes.values():
        done = form(supervisor, note="规则已修订，复查未再发现问题。")
        assert supervisor.post(f"{home}/close", data=done).status_code == 303
    sheet = supervisor.get("/accountability-actions/print").text
    assert "复查未再发现问题" in sheet and "问责台账" in sheet
    assert (
        supervisor.get("/accountability-actions?state=closed&trigger=overdue_rectification").text.count("已逾期") == 1
    )
    # Once more: nothing new.
    again = supervisor.post("/accountability-actions/run", data=form(supervisor))
    assert again.status_code == 303 and "没有新的情形" in supervisor.get(again.headers["location"]).text
    assert ok(as_("supervisor").get(f"{AT}?count=true"))["total"] == 2
    trail = ok(
        as_("auditor").get(f"{API}/events?resource=accountability_action&resource_id={order.rpartition('/')[2]}")
    )
    steps = ["propose", "approve", "draw_up", "serve", "reply", "send_back", "reply", "close"]
    done_steps = [event["operation"] for event in reversed(trail["data"]) if event["outcome"] == "done"]
    assert done_steps == [f"accountability_action.{step}" for step in steps]
