"""Who sees which rows: lists and single rows alike."""

import pytest

from tests.assignments.conftest import Ledger
from tests.conftest import As

API = "/api/v1/assignments"


def units_seen(as_: As, account: str, **params: str) -> set[str]:
    answer = as_(account).get(API, params=params)
    assert answer.status_code == 200, answer.text
    return {row["unit_name"] for row in answer.json()["data"]}


@pytest.mark.parametrize("account", ["supervisor", "discipline", "leader"])
def test_district_wide_roles_see_every_row(as_: As, ledger: Ledger, account: str) -> None:
    for unit in ("督查室", "派驻组", "实验小学"):
        ledger.row(unit)
    assert units_seen(as_, account) == {"督查室", "派驻组", "实验小学"}


@pytest.mark.parametrize("account", ["sysadmin", "secadmin", "auditor", "other_supervisor", "other_school"])
def test_others_see_none(as_: As, ledger: Ledger, account: str) -> None:
    row = ledger.row("实验小学")
    assert units_seen(as_, account) == set()
    assert as_(account).get(f"{API}/{row}").status_code == 404


def test_school_sees_its_own_rows_and_those_of_its_party_organisation(as_: As, ledger: Ledger) -> None:
    for unit in ("实验小学", "实验小学党支部", "第一中学", "柳林小学", "人事股"):
        ledger.row(unit)
    assert units_seen(as_, "school") == {"实验小学", "实验小学党支部"}


def test_joint_branch_is_seen_by_each_of_its_hosts(as_: As, ledger: Ledger) -> None:
    ledger.row("城区联合党支部")
    assert units_seen(as_, "middle") == units_seen(as_, "kindergarten") == {"城区联合党支部"}


def test_central_school_sees_the_schools_beneath_it(as_: As, ledger: Ledger) -> None:
    for unit in ("柳林镇中心校", "柳林小学", "实验小学"):
        ledger.row(unit)
    assert units_seen(as_, "central") == {"柳林镇中心校", "柳林小学"}


def test_office_sees_schools_under_items_it_is_responsible_for(as_: As, ledger: Ledger) -> None:
    other = ledger.stock.item(ledger.plan, "别的任务")
    ledger.row("人事股")
    ledger.row("党办")
    ledger.row("实验小学")
    ledger.row("实验小学党支部")
    hidden = ledger.row("第一中学", item=other)
    assert units_seen(as_, "office") == {"人事股", "实验小学", "实验小学党支部"}
    assert as_("office").get(f"{API}/{hidden}").status_code == 404


@pytest.mark.parametrize("fields", [{"role": "cooperate"}, {"state": "cancelled"}, {"awaits_decision": True}])
def test_office_that_only_cooperates_or_no_longer_is_responsible_sees_no_schools(
    as_: As, ledger: Ledger, fields: dict[str, object]
) -> None:
    ledger.row("人事股", **fields)  # type: ignore[arg-type]
    ledger.row("实验小学")
    assert "实验小学" not in units_seen(as_, "office")


def test_office_sees_its_paired_schools(as_: As, ledger: Ledger) -> None:
    ledger.row("第一中学")
    ledger.row("实验小学")
    assert units_seen(as_, "education") == {"第一中学"}
    assert units_seen(as_, "office") == set()


def test_row_out_of_sight_answers_like_one_that_does_not_exist(as_: As, ledger: Ledger) -> None:
    row = ledger.row("第一中学")
    hidden, missing = as_("school").get(f"{API}/{row}"), as_("school").get(f"{API}/999999")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.json() == missing.json()
    assert as_("school").post(f"{API}/{row}/acknowledge").status_code == 404
