"""A matter that was put off (暂缓) comes before a further meeting; the one that put it off stays on record."""

from typing import Any

from starlette.testclient import TestClient

from tests.conftest import As, form
from tests.exported import csv_lines
from tests.major_decisions.steps import AT, decided, edited, held_on, meeting, minute, step, supervised
from tests.walk.steps import API, ok
from tests.world import World

FIRST = [{"speaker": "林青", "text": "我看先放一放。"}, {"speaker": "高岩", "text": "同意。"}]
SPLIT = {"votes_for": 3, "votes_against": 3, "votes_abstain": 1, "result": "deferred"}


def put_off(school: TestClient) -> dict[str, Any]:
    """Nine days ago, in a meeting whose chair spoke first, without a legality review before it."""
    return decided(school, **meeting(held_at=minute(9), opinions=FIRST, **SPLIT))


def waits(client: TestClient) -> list[tuple[int, str]]:
    groups = ok(client.get(f"{API}/my-work"))["groups"]
    return [(each["id"], each["verb"]) for group in groups for each in group["data"]]


def test_what_was_put_off_is_decided_by_a_further_meeting(as_: As, browse: As, world: World) -> None:
    supervised(as_("supervisor"), world, "project", "教育股")
    school, office, clerk = as_("school"), as_("education"), browse("school")
    row = put_off(school)
    path = f"/major-decisions/{row['id']}"
    assert set(row["flags"]) == {"chair_first", "no_legality_review"}
    assert waits(school) == [(row["id"], "再次上会")]
    step(office, row, "check")
    assert "再次上会" in clerk.get(path).text
    assert clerk.post(f"{path}/reconvene", data=form(clerk)).status_code == 303
    row = ok(school.get(f"{API}{path}"))
    assert (row["state"], row["flags"], row["result"], row["held_at"]) == ("deliberated", [], None, None)
    assert waits(school) == waits(office) == []
    # The earlier meeting decides nothing now: this one has its own quorum and votes, and comes later.
    assert school.post(f"{AT}/{row['id']}/decide").status_code == 409
    told = edited(school, row, **meeting(held_at=minute(10)))
    assert told.status_code == 422 and [each["pointer"] for each in told.json()["errors"]] == ["/held_at"]
    ok(edited(school, row, **meeting(opinions=FIRST, present=5, votes_for=3)))
    assert school.post(f"{AT}/{row['id']}/decide").json()["code"] == "no_quorum"
    ok(edited(school, row, **meeting(opinions=FIRST)))
    row = step(school, row, "decide")
    # What is suspicious is judged by the last meeting, and the office has not seen that one yet.
    assert (row["result"], row["decided_on"], row["flags"]) == ("passed", held_on(), ["chair_first"])
    assert waits(office) == [(row["id"], "核查")]
    [met] = row["earlier_meetings"]
    assert (met["decided_on"], met["result"], met["votes_against"]) == (held_on(9), "deferred", 3)
    assert [each["is_chair"] for each in met["opinions"]] == [True, False]
    page = clerk.get(path).text
    assert "此前会议" in page and "我看先放一放。" in page and "反对 3" in page
    heads, line = csv_lines(school.get(f"{AT}.csv").content)
    shown = dict(zip(heads, line, strict=True))
    assert shown["结果"] == "通过" and shown["表决"].startswith("赞成 6")
    assert "反对 3" in shown["此前会议"] and "结果 暂缓" in shown["此前会议"] and held_on(9) in shown["此前会议"]


def test_only_what_was_put_off_comes_before_a_meeting_again(as_: As) -> None:
    school = as_("school")
    for result in ("passed", "rejected"):
        row = decided(school, result=result)
        told = school.post(f"{AT}/{row['id']}/reconvene")
        assert (told.status_code, told.json()["code"]) == (409, "not_deferred"), result
        assert "reconvene" not in row["allowed_actions"]
    row = put_off(school)
    assert as_("supervisor").post(f"{AT}/{row['id']}/reconvene").status_code == 403
    # Or it goes no further; what was put off twice keeps both meetings.
    row = step(school, row, "reconvene")
    ok(edited(school, row, **meeting(held_at=minute(3), **SPLIT)))
    row = step(school, step(school, row, "decide"), "reconvene")
    assert [met["decided_on"] for met in row["earlier_meetings"]] == [held_on(9), held_on(3)]
    row = step(school, row, "close", note="不再推进。")
    assert row["state"] == "completed" and len(row["earlier_meetings"]) == 2
