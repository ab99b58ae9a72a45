"""What the bureau's own rules of procedure say of a meeting is set per installation."""

import pytest
from starlette.testclient import TestClient

from tests.conftest import As
from tests.major_decisions.steps import AT, decided, deliberated, edited, meeting
from tests.walk.steps import ok


def test_quorum_and_days_of_disclosure_are_the_bureaus_and_judge_nothing_anew(
    as_: As, browse: As, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    school, settings = as_("school"), client.app.state.settings  # type: ignore[attr-defined]
    few = {"expected": 12, "present": 7, "votes_for": 5}
    usual = decided(school)
    monkeypatch.setattr(settings, "decision_quorum", "1/2")
    monkeypatch.setattr(settings, "decision_disclose_workdays", 9)
    row = decided(school, **few)
    assert row["flags"] == [] and row["disclose_by"] > usual["disclose_by"]
    page = browse("school").get(f"/major-decisions/{row['id']}/edit").text
    assert "不少于应到的二分之一" in page and "决定后 9 个工作日内" in page
    monkeypatch.setattr(settings, "decision_quorum", "3/4")
    assert ok(school.get(f"{AT}/{row['id']}"))["flags"] == []
    late = deliberated(school, **meeting(**few))
    told = school.post(f"{AT}/{late['id']}/decide").json()
    assert told["code"] == "no_quorum" and "不足四分之三（至少 9 人）" in told["detail"]
    # One that met with too few, registered afterwards, is marked by what held when it was registered.
    given = {"category": "project", "subject": "维修围墙", "proposer": "林青", **meeting(**few)}
    given |= {"decided_on": usual["decided_on"], "legality_waived": "常规维修"}
    found = ok(school.post(AT, json=given), 201)
    assert found["flags"] == ["quorum_missed"]
    assert ok(edited(school, found, expected=9, execution="已完工。"))["flags"] == []
