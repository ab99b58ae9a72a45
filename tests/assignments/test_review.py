"""Who submits does not accept: the reviewer of each kind of row."""

import pytest

from tests.assignments.conftest import Ledger
from tests.conftest import As

API = "/api/v1/assignments"
REVIEWERS = ("supervisor", "office", "education", "leader", "discipline", "school")


def accepted(as_: As, account: str, row: int) -> int:
    return as_(account).post(f"{API}/{row}/complete").status_code


@pytest.mark.parametrize(
    ("unit", "reviewer"),
    [("人事股", "supervisor"), ("教研室", "supervisor"), ("督查室", "leader"), ("派驻组", None)],
)
def test_offices_rows_are_reviewed_by_the_supervisor_and_its_own_by_a_leader(
    as_: As, ledger: Ledger, unit: str, reviewer: str | None
) -> None:
    row = ledger.row(unit, "submitted")
    for account in REVIEWERS:
        if account != reviewer:
            assert accepted(as_, account, row) in (403, 404), account
    if reviewer:
        assert accepted(as_, reviewer, row) == 200


@pytest.mark.parametrize("unit", ["实验小学", "实验小学党支部", "第一幼儿园", "柳林镇中心校"])
def test_responsible_office_reviews_schools_where_none_leads(as_: As, ledger: Ledger, unit: str) -> None:
    ledger.row("人事股")
    row = ledger.row(unit, "submitted")
    for account in ("leader", "discipline"):
        assert accepted(as_, account, row) == 403
    for account in ("school", "central", "education", "kindergarten"):
        assert accepted(as_, account, row) in (403, 404)
    assert accepted(as_, "office", row) == 200


def test_lead_office_alone_reviews_where_one_leads(as_: As, ledger: Ledger) -> None:
    ledger.row("人事股")
    ledger.row("教育股", role="lead")
    row = ledger.row("实验小学", "submitted")
    assert accepted(as_, "office", row) == 403
    assert accepted(as_, "education", row) == 200


def test_responsible_office_reviews_where_only_schools_lead(as_: As, ledger: Ledger) -> None:
    ledger.row("人事股")
    row = ledger.row("实验小学", "submitted", role="lead")
    assert accepted(as_, "office", row) == 200


def test_supervisor_reviews_schools_as_well(as_: As, ledger: Ledger) -> None:
    ledger.row("教育股", role="lead")
    row = ledger.row("实验小学", "submitted")
    assert accepted(as_, "supervisor", row) == 200


def test_cooperating_and_paired_offices_do_not_review(as_: As, ledger: Ledger) -> None:
    ledger.row("教育股", role="cooperate")
    row = ledger.row("第一中学", "submitted")
    assert accepted(as_, "education", row) == 403


def test_school_cannot_accept_own_work(as_: As, ledger: Ledger) -> None:
    row = ledger.row("实验小学", "submitted")
    assert accepted(as_, "school", row) == 403
    assert "complete" not in as_("school").get(f"{API}/{row}").json()["allowed_actions"]


@pytest.mark.parametrize("account", REVIEWERS)
def test_buttons_agree_with_what_is_allowed(as_: As, ledger: Ledger, account: str) -> None:
    ledger.row("人事股", "in_progress")
    for unit in ("督查室", "教育股", "实验小学", "第一中学"):
        for state in ("pending", "in_progress", "submitted", "completed", "declined", "waived"):
            ledger.row(unit, state, period=state)
    client = as_(account)
    bodies = {"report": ("progress-reports", {"text": "进展。", "percent": 1}), "urge": ("urgings", {})}
    actions = ("acknowledge", "report", "submit", "withdraw", "complete", "send_back", "urge", "decline", "redispatch")
    for row in client.get(API).json()["data"]:
        for action in actions:
            path, body = bodies.get(action, (action.replace("_", "-"), {"note": ""}))
            shown = action in row["allowed_actions"]
            if shown and action not in ("report", "urge"):
                continue  # taking it would change the row under the next one; the steps' own tests do
            status = client.post(f"{API}/{row['id']}/{path}", json=body).status_code
            assert (status == 201) == shown, (row["unit_name"], row["state"], action, status)
