"""Accounts from a table: they come without a password, and get their first one once, from whoever made them."""

import base64
import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.settings import Settings
from tests.cli.conftest import Command
from tests.cli.conftest import folder as folder  # the fixture
from tests.cli.conftest import qinglian as qinglian  # the fixture
from tests.conftest import As, form
from tests.identity.conftest import later as later  # the fixture
from tests.identity.test_dump import dump
from tests.imports.tables import IMPORTS, Cells, as_csv, counts, faults, looked_through, rows_of
from tests.walk.steps import API, ok
from tests.world import World

HEADS = ("账号", "姓名", "状态")
ZHANG, LI, WANG = ("zhangsan", "张三", ""), ("lisi", "李四", ""), ("wangwu", "王五", "正常")
ISSUE = f"{API}/users/issue-passwords"
OWN = "春眠不觉晓 and so on"


def imported(client: Any, *rows: Cells, heads: Cells = HEADS, **fields: str) -> dict[str, Any]:
    return looked_through(client, as_csv(*rows, heads=heads), "人员.csv", resource="users", **fields)


def accounts(client: Any) -> dict[str, dict[str, Any]]:
    return {each["username"]: each for each in ok(client.get(f"{API}/users?limit=200"))["data"]}


def issued(client: Any, run: dict[str, Any], **headers: str) -> dict[str, str]:
    found = ok(client.post(ISSUE, json={"import_id": run["id"]}, headers=headers))
    return {each["username"]: each["one_time_password"] for each in found["data"]}


def log_in(client: TestClient, username: str, password: str) -> Any:
    client.cookies.clear()
    return client.post(f"{API}/sessions", json={"username": username, "password": password})


def test_an_account_opens_only_with_the_password_it_is_issued(
    app: FastAPI, client: TestClient, as_: As, capfd: pytest.CaptureFixture[str]
) -> None:
    """Which is in one answer, and in nothing that is kept or logged."""
    sysadmin = as_("sysadmin")
    run = imported(sysadmin, ZHANG, LI, WANG, mode="commit")
    assert not accounts(sysadmin)["lisi"]["has_password"]
    for guess in ("", "one-time$"):
        assert log_in(client, "lisi", guess).status_code == 401
    key = {"idempotency-key": "the-first-list"}
    first = issued(sysadmin, run, **key)
    assert sorted(first) == ["lisi", "wangwu", "zhangsan"] and len(set(first.values())) == 3
    assert issued(sysadmin, run, **key) == first
    for guess in ("", first["wangwu"]):
        assert log_in(client, "lisi", guess).status_code == 401
    opened = log_in(client, "lisi", first["lisi"])
    client.headers["x-csrf-token"] = ok(opened, 201)["csrf_token"]
    assert client.get(f"{API}/units").json()["code"] == "password_change_required"
    own = {"old_password": first["lisi"], "new_password": OWN}
    assert client.post(f"{API}/me/password", json=own).status_code == 204
    assert log_in(client, "wangwu", first["wangwu"]).status_code == 201
    # A list that got lost is made again: for those who have no password of their own yet, and the old one is void.
    second = issued(sysadmin, run)
    assert sorted(second) == ["wangwu", "zhangsan"] and not set(second.values()) & set(first.values())
    assert client.get(f"{API}/me").status_code == 401
    assert log_in(client, "wangwu", first["wangwu"]).status_code == 401
    assert log_in(client, "zhangsan", second["zhangsan"]).status_code == 201
    assert log_in(client, "lisi", OWN).status_code == 201
    logged = "".join(capfd.readouterr())
    found = dump(app)
    assert b"zhangsan" in found
    for password in (*first.values(), *second.values()):
        assert password.encode() not in found and password not in logged


def test_unused_first_passwords_expire_from_their_issue_on(client: TestClient, as_: As, later: Any) -> None:
    run = imported(as_("sysadmin"), ZHANG, LI, mode="commit")
    later(hours=100)
    first = issued(as_("sysadmin"), run)
    later(hours=71)
    assert log_in(client, "lisi", first["lisi"]).status_code == 201
    later(hours=2)
    assert log_in(client, "zhangsan", first["zhangsan"]).json()["code"] == "one_time_password_expired"


def test_who_watches_over_the_system_administrator_gets_no_password_from_him(as_: As, world: World) -> None:
    run = imported(as_("sysadmin"), ZHANG, LI, ("wangwu", "王五", "停用"), mode="commit")
    duty = {"role": "auditor", "unit_id": world.district, "valid_from": "2199-01-01"}
    ok(as_("secadmin").post(f"{API}/users/{accounts(as_('sysadmin'))['lisi']['id']}/role-grants", json=duty), 201)
    body = {"import_id": run["id"]}
    found = ok(as_("sysadmin").post(ISSUE, json=body))
    assert ([each["username"] for each in found["data"]], found["left_out"]) == (["zhangsan"], ["lisi"])
    [event] = ok(as_("auditor").get(f"{API}/events?operation=user.issue_passwords"))["data"]
    assert event["after"] == {"import_id": run["id"], "count": 1, "left_out": 1}
    for account, status in (("secadmin", 403), ("supervisor", 403), ("other_sysadmin", 404)):
        assert as_(account).post(ISSUE, json=body).status_code == status, account
    units = looked_through(as_("sysadmin"), as_csv(("N1", "青山小学", "学校", "", "")), mode="commit")
    previewed = imported(as_("sysadmin"), ("new", "新", ""))
    for run_id, code in ((units["id"], "nothing_made"), (previewed["id"], "nothing_made")):
        assert as_("sysadmin").post(ISSUE, json={"import_id": run_id}).json()["code"] == code
    again = imported(as_("sysadmin"), LI, mode="commit")
    assert as_("sysadmin").post(ISSUE, json={"import_id": again["id"]}).json()["code"] == "none_waiting"


def test_each_wrong_cell_is_named(as_: As) -> None:
    rows = (
        ("张三", "张三", ""),
        ("other_school", "王五", ""),
        ("zhangsan", "", ""),
        ("lisi", "李四", "休假"),
        ("LISI", "李四", ""),
        ("sysadmin", "系统管理员", "停用"),
        ("x" * 41, "长" * 101, ""),
    )
    found = faults(rows_of(as_("sysadmin"), imported(as_("sysadmin"), *rows), kind="wrong"))
    plain = "账号须为 2 到 40 个小写字母、数字或 . _ -，并以字母或数字开头"
    assert found == [
        (2, "username", plain, []),
        (3, "username", "这个账号已被别的教育局使用，请换一个", []),
        (4, "name", "姓名必须填写", []),
        (5, "disabled", "没有这一选项，可选：正常、停用", []),
        (6, "username", "与第 5 行是同一个账号，请只留一行", []),
        (7, "disabled", "不能停用自己的账号，请由另一位系统管理员办理", []),
        (8, "username", plain, []),
        (8, "name", found[7][2], []),
    ]


def test_a_disabled_account_is_out_at_the_next_request_and_back_when_it_is_taken_back(as_: As, browse: As) -> None:
    sysadmin, school = as_("sysadmin"), browse("school")
    before = accounts(sysadmin)
    assert as_("school").get(f"{API}/me").status_code == 200
    run = imported(sysadmin, ("school", "", "停用"), ("office", "周 敏", ""), ZHANG, mode="commit")
    assert counts(run) == (1, 2, 0, 0)
    assert {row["number"]: row["changes"] for row in rows_of(sysadmin, run)} == {
        2: {"disabled": ["正常", "停用"]},
        3: {"name": ["周敏", "周 敏"]},
        4: {},
    }
    assert as_("school").get(f"{API}/me").status_code == school.get(f"{API}/me").status_code == 401
    told = [event["operation"] for event in ok(as_("auditor").get(f"{API}/events?resource=user&limit=3"))["data"]]
    assert told == ["user.edit", "user.edit", "user.create"]
    assert ok(sysadmin.post(f"{IMPORTS}/{run['id']}/undo"))["state"] == "undone"
    after = accounts(sysadmin)
    assert as_("school").get(f"{API}/me").status_code == 200 and school.get(f"{API}/me").status_code == 401
    assert {name: each["name"] for name, each in after.items()} == {n: each["name"] for n, each in before.items()}


def test_a_used_account_is_not_taken_back(as_: As, world: World) -> None:
    sysadmin = as_("sysadmin")
    run = imported(sysadmin, ZHANG, mode="commit")
    grant = {"role": "office", "unit_id": world.unit["党办"]}
    ok(as_("secadmin").post(f"{API}/users/{accounts(sysadmin)['zhangsan']['id']}/role-grants", json=grant), 201)
    assert sysadmin.post(f"{IMPORTS}/{run['id']}/undo").json()["code"] == "rows_in_use"
    run = imported(sysadmin, LI, mode="commit")
    issued(sysadmin, run)
    assert sysadmin.post(f"{IMPORTS}/{run['id']}/undo").json()["code"] == "rows_touched"


def test_the_page_gives_the_passwords_to_print_or_save_and_keeps_none(browse: As, as_: As, client: TestClient) -> None:
    clerk = browse("sysadmin")
    run = imported(as_("sysadmin"), ZHANG, ("lisi", "=李四", ""), mode="commit")
    assert clerk.get(f"/imports/{run['id']}").text.count("发放一次性密码") == 1
    assert "待发密码" in clerk.get("/users").text
    shown = clerk.post("/users/issue-passwords", data=form(clerk, import_id=str(run["id"])))
    assert shown.status_code == 200 and shown.headers["cache-control"] == "no-store"
    table = re.search(
        r'href="data:text/csv;charset=utf-8;base64,([A-Za-z0-9+/=]+)" download="一次性密码.csv"', shown.text
    )
    assert table is not None
    heads, *rows = csv.reader(io.StringIO(base64.b64decode(table[1]).decode("utf-8-sig")))
    assert heads == ["账号", "姓名", "一次性密码"] and [row[:2] for row in rows] == [
        ["zhangsan", "张三"],
        ["lisi", "'=李四"],
    ]
    assert all(f"<code>{row[2]}</code>" in shown.text for row in rows)
    assert log_in(client, "zhangsan", rows[0][2]).status_code == 201
    assert rows[0][2] not in clerk.get(f"/imports/{run['id']}").text + clerk.get("/users").text
    assert "待发密码" not in clerk.get("/users").text


def test_the_command_says_that_passwords_are_still_to_be_issued(
    qinglian: Command, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, as_: As
) -> None:
    monkeypatch.setenv("QL_DATABASE_URL", str(settings.database_url))
    file = tmp_path / "人员.csv"
    file.write_bytes(as_csv(ZHANG, heads=HEADS))
    done = qinglian("import", "users", str(file), "--bureau", "QC", "--commit")
    assert (
        done.code == 0
        and "新账号没有密码，凭一次性密码登录；遗失或过期可以再次发放。请在网页“导入记录”里打开这次导入"
        in done.out.replace("\n", "")
    )
    [run] = ok(as_("sysadmin").get(IMPORTS))["data"]
    assert sorted(issued(as_("sysadmin"), run)) == ["zhangsan"]


def test_what_is_taken_back_is_told_of_each_account(as_: As) -> None:
    sysadmin = as_("sysadmin")
    run = imported(sysadmin, ZHANG, ("school", "改名", "停用"), mode="commit")
    ok(sysadmin.post(f"{IMPORTS}/{run['id']}/undo"))
    (gone,) = ok(as_("auditor").get(f"{API}/events?operation=user.delete"))["data"]
    (made,) = [each for each in ok(as_("auditor").get(f"{API}/events?operation=user.create"))["data"] if each["after"]][
        :1
    ]
    assert gone["before"] == {**made["after"], "disabled": False}
    done, back = (ok(as_("auditor").get(f"{API}/events?operation=user.edit"))["data"][n] for n in (1, 0))
    assert (back["before"], back["after"]) == (done["after"], done["before"]) and back["before"].keys() == {
        "name",
        "disabled",
    }
