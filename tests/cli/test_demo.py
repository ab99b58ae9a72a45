"""``qinglian demo``: an invented bureau at work, the same after a second run."""

import hashlib
import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.core.calendar import now
from app.demo import MAKING, MARKER, free_port
from app.demo.people import ACCOUNTS, PASSWORD
from app.demo.plan import sample_plan
from app.inspections.models import Mode
from app.settings import Settings
from app.units.models import check_credit_code, check_school_code
from tests.cli.conftest import Command, Ran, run
from web.main import create_app

REPORTERS = ("complaint.submit", "complaint.answer", "complaint.rate")
OWN_PLAN = """青川区教育局校园安全提升工作方案
一、总体要求
落实安全责任。
二、重点任务
1.排查消防隐患。主要措施：逐栋检查消防设施，建立台账。责任股室：安稳股，各学校（园）
2.开展应急演练。主要措施：每校组织一次疏散演练。责任股室：安稳股、从未听说的股
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Ran]]:
    folder = tmp_path_factory.mktemp("demo") / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QL_DATA", "")
        patch.delenv("QL_DATABASE_URL", raising=False)
        yield folder, run("demo", "--no-serve", "--data", str(folder))


@pytest.fixture(scope="module")
def rows(made: tuple[Path, Ran]) -> Iterator[Any]:
    """``rows("SELECT …")``."""
    engine = sa.create_engine(f"sqlite:///{made[0] / 'qinglian.sqlite3'}")
    with engine.connect() as connection:
        yield lambda statement: connection.execute(sa.text(statement)).all()
    engine.dispose()


@pytest.fixture(scope="module")
def site(made: tuple[Path, Ran]) -> Iterator[TestClient]:
    # No worker beside it: what the command itself leaves is what is looked at.
    with TestClient(create_app(Settings(data=made[0], worker="outside")), follow_redirects=False) as client:
        yield client


def test_it_prints_address_accounts_and_one_curl_line(made: tuple[Path, Ran]) -> None:
    folder, ran = made
    assert ran.code == 0, ran.err
    assert re.search(r"http://127\.0\.0\.1:\d+", ran.out)
    assert all(account.username in ran.out for account in ACCOUNTS) and PASSWORD in ran.out
    assert f"token create --user school --data {folder})" in ran.out


def test_the_receipt_it_prints_opens_an_invented_complaint(made: tuple[Path, Ran], site: TestClient) -> None:
    receipt = re.findall(r"(?:[A-Z2-7]{4}-){5}[A-Z2-7]{4}", made[1].out)
    assert "请补充具体的楼号" in site.post("/report/status", data={"receipt": receipt[0]}).text


def test_the_bureau_has_its_bodies_schools_and_branches(rows: Any) -> None:
    kinds = dict(rows("SELECT kind, count(*) FROM unit WHERE valid_to IS NULL GROUP BY kind"))
    assert kinds["office"] + kinds["subordinate_unit"] + kinds["discipline_team"] == 14
    assert kinds["central_school"] + kinds["school"] + kinds["kindergarten"] == 41
    subordinate = {name for (name,) in rows("SELECT name FROM unit WHERE kind = 'subordinate_unit'")}
    assert subordinate == {"教研室", "培训中心"}
    joint = rows("SELECT unit_id FROM unit_host GROUP BY unit_id HAVING count(*) > 1")
    assert len(joint) == 1
    assert rows("SELECT count(*) FROM unit WHERE ownership = 'private'")[0][0] > 0
    assert rows("SELECT count(*) FROM liaison")[0][0] == 41


def test_codes_of_schools_are_right_and_unique(rows: Any) -> None:
    codes = rows("SELECT school_code, credit_code FROM unit WHERE school_code IS NOT NULL")
    assert len(set(codes)) == 41
    for school_code, credit_code in codes:
        check_school_code(school_code)
        check_credit_code(credit_code)


def test_the_school_account_is_a_plain_school(rows: Any) -> None:
    grants = "SELECT u.kind FROM role_grant g JOIN unit u ON u.id = g.unit_id JOIN user a ON a.id = g.user_id"
    assert rows(f"{grants} WHERE a.username = 'school'") == [("school",)]
    assert rows(f"{grants} WHERE a.username = 'supervisor' ORDER BY g.id") == [("bureau",), ("office",)]


def test_inspections_are_announced_and_unannounced(rows: Any) -> None:
    # That every state of every workflow has a row: test_demo_states.
    assert {mode for (mode,) in rows("SELECT DISTINCT mode FROM inspection")} == {mode.value for mode in Mode}


def test_what_is_held_regularly_is_among_the_activities_with_its_photos(rows: Any) -> None:
    kinds = {kind for (kind,) in rows("SELECT DISTINCT activity FROM progress_report")}
    assert {"culture", "contest", "situation_analysis", "risk_check", "rule_of_law_report"} <= kinds
    assert rows("SELECT count(*) FROM evidence_link WHERE progress_report_id IS NOT NULL")[0][0] > 3


def test_there_is_a_second_round_and_an_overdue_rectification(rows: Any) -> None:
    assert rows("SELECT max(round) FROM rectification")[0][0] == 2
    overdue = "SELECT count(*) FROM rectification WHERE state <> 'closed' AND deadline_on < date('now', '+8 hours')"
    assert rows(overdue)[0][0] >= 2


def test_there_is_every_lamp(site: TestClient) -> None:
    with_token = {"authorization": f"Bearer {_token(site)}"}
    for lamp in ("green", "amber", "red", "none", "done"):
        found = site.get(f"/api/v1/assignments?lamp={lamp}", headers=with_token)
        assert found.status_code == 200 and found.json()["data"], lamp


def _token(site: TestClient) -> str:
    folder = site.app.state.settings.data  # type: ignore[attr-defined]
    return run("token", "create", "--user", "supervisor", "--data", str(folder)).out.strip()


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda account: account.username)
def test_every_account_logs_in_without_further_ado(site: TestClient, account: Any) -> None:
    login = {"username": account.username, "password": PASSWORD}
    assert site.post("/api/v1/sessions", json=login).status_code == 201
    me = site.get("/api/v1/me").json()
    assert not me["must_change_password"]
    assert set(me["roles"]) == {role.value for role, _ in account.grants}


def test_events_stand_in_the_order_of_time_and_none_is_in_the_future(rows: Any) -> None:
    # What reporters do carries the day alone: tests/complaints/test_traces.py.
    instants = [at for (at,) in rows(f"SELECT at FROM event WHERE operation NOT IN {REPORTERS} ORDER BY id")]
    assert instants == sorted(instants)
    assert instants[-1] <= now().strftime("%Y-%m-%d %H:%M:%S.%f")


def test_the_audit_chain_holds_over_all_of_it(made: tuple[Path, Ran], rows: Any) -> None:
    ran = run("audit", "verify", "--data", str(made[0]))
    assert ran.code == 0, ran.err
    counted = [int(number) for number in re.findall(r"：(\d+) 条记录", ran.out)]
    assert sum(counted) == rows("SELECT count(*) FROM event")[0][0] > 1000


def test_everyone_works_under_an_account_of_their_own(rows: Any) -> None:
    anonymous = rows("SELECT DISTINCT operation FROM event WHERE user_id IS NULL")
    assert {operation for (operation,) in anonymous} <= {
        "unit.found_bureau", "unit.create", "unit.merge", "liaison.create", "user.create", "api_token.create", "session.create",
        "calendar_day.load_year", "accountability_rung.lay_down", "notification.remind",
        "accountability_action.propose", "accountability_action.run",
        "integrity_risk.fall_due", *REPORTERS,
    }  # fmt: skip


def test_recorded_files_are_there_with_their_content(rows: Any, made: tuple[Path, Ran]) -> None:
    recorded = rows("SELECT sha256, media_type FROM stored_file")
    assert {kind for _, kind in recorded} >= {"application/pdf", "image/png", "text/plain"}
    for sha256, _ in recorded:
        path = made[0] / "files" / sha256[:2] / sha256[2:4] / sha256
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def test_doctor_finds_a_file_that_was_lost(made: tuple[Path, Ran], rows: Any, tmp_path: Path) -> None:
    folder, _ = made
    assert "✓ 印证资料" in run("doctor", "--data", str(folder)).out
    ((sha256,),) = rows("SELECT sha256 FROM stored_file LIMIT 1")
    kept = folder / "files" / sha256[:2] / sha256[2:4] / sha256
    kept.rename(tmp_path / "aside")
    ran = run("doctor", "--data", str(folder))
    (tmp_path / "aside").rename(kept)
    assert ran.code == 1 and sha256 in ran.out and "备份" in ran.out


def test_a_second_run_leaves_everything_as_it_is(made: tuple[Path, Ran], rows: Any) -> None:
    folder, _ = made
    before = rows("SELECT max(id), count(*) FROM event")
    again = run("demo", "--no-serve", "--data", str(folder))
    assert again.code == 0 and "127.0.0.1" in again.out
    assert rows("SELECT max(id), count(*) FROM event") == before


def test_every_page_says_that_it_is_demo_data(site: TestClient) -> None:
    site.post("/api/v1/sessions", json={"username": "school", "password": PASSWORD})
    page = site.get("/my-work")
    assert page.status_code == 200 and "演示数据" in page.text


# Other folders


def test_a_real_bureau_is_never_filled_with_demo_data(qinglian: Command, folder: Path) -> None:
    assert qinglian("init", "--bureau", "青川区教育局", "--code", "QC").code == 0
    ran = qinglian("demo", "--no-serve")
    assert ran.code == 1 and "--data" in ran.err
    assert not Settings(data=folder).demo


def test_an_interrupted_run_begins_anew_and_a_plan_of_ones_own_is_taken(
    qinglian: Command, folder: Path, tmp_path: Path
) -> None:
    folder.mkdir()
    (folder / MARKER).write_text(MAKING)
    (folder / "qinglian.sqlite3").write_bytes(b"half a database")
    plan = tmp_path / "方案.txt"
    plan.write_text(OWN_PLAN)
    ran = qinglian("demo", "--no-serve", "--plan", str(plan))
    assert ran.code == 0, ran.err
    parsed = sa.create_engine(f"sqlite:///{folder / 'qinglian.sqlite3'}")
    with parsed.connect() as connection:
        assert connection.execute(sa.text("SELECT title FROM plan")).scalars().all() == [
            "青川区教育局校园安全提升工作方案"
        ]
        assert (
            connection.execute(sa.text("SELECT count(*) FROM assignment WHERE merged_into_id IS NULL")).scalar_one()
            == 43
        )
    parsed.dispose()


def test_a_file_that_is_no_plan_leaves_nothing_behind(qinglian: Command, folder: Path, tmp_path: Path) -> None:
    report = tmp_path / "报告.txt"
    report.write_text("关于上学期工作情况的报告\n上学期各项工作进展顺利。")
    ran = qinglian("demo", "--no-serve", "--plan", str(report))
    assert ran.code == 1 and "没有找到可以分解的任务" in ran.err
    assert not folder.exists()


def test_the_database_setting_of_the_machine_is_left_alone(
    qinglian: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A demo never fills the database that QL_DATABASE_URL names."""
    from app.demo import settings_for

    monkeypatch.setenv("QL_DATABASE_URL", "postgresql+psycopg://somewhere/real")
    assert settings_for(folder).url.startswith("sqlite:///")
    assert "QL_DATABASE_URL" not in os.environ


def test_a_taken_port_is_passed_over() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port("127.0.0.1", port) != port


# The sample plan


@pytest.mark.parametrize("issued_on", [date(2026, 9, 21), date(2027, 1, 15), date(2028, 2, 29)])
def test_the_sample_plan_reads_cleanly_whenever_it_is_issued(issued_on: date) -> None:
    found = sample_plan(issued_on).found
    assert found["warnings"] == [] and found["year"] == issued_on.year
    assert len(found["items"]) == 16 and len(found["areas"]) == 3
    dated = [item["deadline"] for item in found["items"] if item["deadline"]]
    assert {deadline["kind"] for deadline in dated} == {"date", "recurring", "standing"}
    first = date.fromisoformat(found["items"][0]["deadline"]["date"])
    assert (first - issued_on).days == 32
    roles = {named["role"] for item in found["items"] for named in item["responsibilities"]}
    assert roles == {"lead", "cooperate", "responsible"}


def test_the_next_edition_is_being_drawn_up_and_takes_the_analyses_up(rows: Any) -> None:
    follows = "JOIN plan AS previous ON previous.id = plan.previous_id WHERE plan.state = 'draft'"
    assert rows(f"SELECT plan.edition, previous.state FROM plan {follows}") == [(2, "issued")]
    adopted = "brief JOIN plan_item ON plan_item.id = adopted_plan_item_id JOIN plan ON plan.id = adopted_plan_id"
    taken = rows(f"SELECT plan_item.title FROM {adopted} WHERE plan.state = 'draft' ORDER BY brief.id")
    assert [row.title for row in taken] == ["做好课后服务和作业管理", "规范校外机构进校园活动"]


def test_last_years_plan_is_over_and_its_summary_final(rows: Any) -> None:
    told = "summary JOIN plan ON plan.id = plan_id ORDER BY plan.id"
    assert rows(f"SELECT plan.state, summary.state FROM {told}") == [("archived", "frozen"), ("issued", "draft")]
    assert rows("SELECT DISTINCT state FROM assignment WHERE plan_id = (SELECT min(id) FROM plan)") == [("completed",)]


def test_a_merged_school_s_work_is_gone_on_with(rows: Any) -> None:
    ((gone, heir),) = rows("SELECT unit_id, successor_id FROM unit_succession WHERE counts LIKE '%assignment%'")
    moved = rows(f"SELECT unit_id, percent, state FROM assignment WHERE former_unit_id = {gone}")
    assert {row.unit_id for row in moved} == {heir}
    assert any(row.state == "in_progress" and row.percent == 80 for row in moved)
    assert rows(f"SELECT count(*) FROM assignment WHERE unit_id = {gone} AND merged_into_id IS NOT NULL")[0][0] > 0
    assert rows(f"SELECT state FROM rectification WHERE unit_id = {heir} AND source = 'self_check' AND cause <> ''")


def test_branches_break_their_tasks_down(rows: Any) -> None:
    of = "breakdown JOIN unit ON unit.id = unit_id WHERE unit.kind = 'party_organization'"
    assert rows(f"SELECT count(*) FROM {of} AND state = 'confirmed'")[0][0] == 3


def test_a_circular_is_receipted_by_all_and_an_action_with_its_paper_is_closed(rows: Any) -> None:
    served = "document JOIN document_recipient ON document_id = document.id WHERE kind = 'circular'"
    receipted = rows(f"SELECT count(*), count(receipted_at) FROM {served} AND state = 'receipted'")
    assert receipted == [(5, 5)]
    papers = "accountability_action JOIN document ON document.id = document_id"
    closed = rows(f"SELECT document.state, reply, effect FROM {papers} WHERE accountability_action.state = 'closed'")
    assert [row.state for row in closed] == ["receipted"]
    assert all(row.reply and row.effect for row in closed)


def test_nobody_logs_in_to_a_heap_of_matters(site: TestClient) -> None:
    """Most of what came to the supervision office and the leader has been dealt with, as in a district at work."""
    for account, most in (("supervisor", 55), ("leader", 25)):
        assert site.post("/api/v1/sessions", json={"username": account, "password": PASSWORD}).status_code == 201
        assert 5 < site.get("/api/v1/my-work").json()["total"] <= most, account
