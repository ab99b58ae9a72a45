"""Setting up an installation and keeping its accounts from the command line."""

import re
import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.assets import HTMX_INTEGRITY, integrity
from app.settings import Settings
from tests.channels.smtp import receiving
from tests.cli.conftest import Command, Ran, run
from web.main import create_app

HTMX = Path(__file__).parents[2] / ".cache" / "htmx.min.js"


@pytest.fixture(scope="module")
def founding(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder with a new bureau, and what `init` said."""
    folder = tmp_path_factory.mktemp("founded") / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QL_DATA", "")
        patch.delenv("QL_DATABASE_URL", raising=False)
        ran = run("init", "--bureau", "青川区教育局", "--code", "QC", "--data", str(folder))
    assert ran.code == 0, ran.err
    return folder, ran.out


@pytest.fixture
def founded(qinglian: Command, founding: tuple[Path, str], folder: Path) -> dict[str, str]:
    """One-time passwords of the three administrators of a new bureau, in a folder of the test's own."""
    shutil.copytree(founding[0], folder)
    return dict(re.findall(r"^.*?\s(\w+admin|auditor)\s+(\S+)\s*$", founding[1], re.MULTILINE))


@pytest.fixture
def site(founded: dict[str, str], folder: Path) -> TestClient:
    return TestClient(create_app(Settings(data=folder)), follow_redirects=False)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_init_makes_three_administrators_who_must_change_their_passwords(
    founded: dict[str, str], site: TestClient
) -> None:
    assert set(founded) == {"sysadmin", "secadmin", "auditor"}
    with site:
        for username, password in founded.items():
            assert site.post("/api/v1/sessions", json={"username": username, "password": password}).status_code == 201
            me = site.get("/api/v1/me").json()
            assert me["roles"] == [username] and me["must_change_password"]
            assert site.get("/api/v1/units").json()["code"] == "password_change_required"


def test_init_refuses_a_code_that_has_a_bureau(qinglian: Command, founded: dict[str, str]) -> None:
    ran = qinglian("init", "--bureau", "另一个教育局", "--code", "QC")
    assert ran.code == 1 and "QC" in ran.err and ran.out == ""


def test_a_second_bureau_gets_accounts_of_its_own(qinglian: Command, founded: dict[str, str]) -> None:
    ran = qinglian("init", "--bureau", "临水区教育局", "--code", "LS")
    assert ran.code == 0 and "ls-sysadmin" in ran.out
    ambiguous = qinglian("user", "list")
    assert ambiguous.code == 1 and "QC" in ambiguous.err and "LS" in ambiguous.err
    assert "ls-auditor" in qinglian("user", "list", "--bureau", "LS").out


def test_commands_work_on_either_database(
    qinglian: Command, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the small bureau of the suite already there."""
    monkeypatch.setenv("QL_DATABASE_URL", str(settings.database_url))
    assert qinglian("migrate").code == 0
    ran = qinglian("init", "--bureau", "北坪区教育局", "--code", "BP")
    assert ran.code == 0 and "bp-sysadmin" in ran.out, ran.err
    assert qinglian("init", "--bureau", "北坪区教育局", "--code", "BP").code == 1
    assert "school" in qinglian("user", "list", "--bureau", "QC").out
    assert qinglian("token", "create", "--user", "school").out.startswith("ql_")
    checked = qinglian("doctor").out
    assert "✓ 数据库版本" in checked and "✓ 时钟" in checked


@pytest.mark.parametrize("code", ["", "青川", "a b"])
def test_init_refuses_a_code_that_is_none(qinglian: Command, code: str) -> None:
    ran = qinglian("init", "--bureau", "青川区教育局", "--code", code)
    assert ran.code == 1 and "code：" in ran.err


@pytest.mark.parametrize(
    ("bureau", "code", "said"), [("青川区教育局", "a b", "格式不符"), ("", "QC", "bureau：不能为空")]
)
def test_refused_init_leaves_nothing_behind(qinglian: Command, folder: Path, bureau: str, code: str, said: str) -> None:
    ran = qinglian("init", "--bureau", bureau, "--code", code)
    assert is_refusal(ran, said)
    assert not folder.exists()


def is_refusal(ran: Ran, *said: str) -> bool:
    """One line on stderr, in Chinese, and exit code 1."""
    return ran.code == 1 and ran.out == "" and len(ran.err.splitlines()) == 1 and all(word in ran.err for word in said)


@pytest.mark.parametrize("arguments", [("init", "--bureau", "局", "--code", "QC"), ("migrate",)])
def test_data_folder_that_is_a_file_is_refused(qinglian: Command, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    file = tmp_path / "passwd"
    file.write_text("root")
    for folder in (file, file / "beneath"):
        assert is_refusal(qinglian(*arguments, "--data", str(folder)), str(file), "--data"), folder
    assert qinglian("demo", "--no-serve", "--data", str(file)).err.splitlines()[-1].startswith(str(file))
    checked = qinglian("doctor", "--data", str(file))
    assert checked.code == 1 and "不是目录" in checked.out
    assert file.read_text() == "root"


@pytest.mark.parametrize("arguments", [("serve",), ("migrate",), ("user", "list")])
def test_file_that_is_no_database_is_refused(qinglian: Command, folder: Path, arguments: tuple[str, ...]) -> None:
    folder.mkdir(mode=0o700)
    file = folder / "qinglian.sqlite3"
    file.write_bytes(b"garbage" * 1000)
    assert is_refusal(qinglian(*arguments), str(file), "备份")
    checked = qinglian("doctor")
    assert checked.code == 1 and "✗ 数据库：" in checked.out and "备份" in checked.out and checked.err == ""
    assert file.read_bytes() == b"garbage" * 1000


SENSELESS = ["nonsense", "mysql://ql:geheim@db/ql", "oracledb9://x", "postgresql+psycopg://h:port/ql", "sqlite://"]


@pytest.mark.parametrize("url", SENSELESS)
def test_senseless_database_address_is_refused(
    qinglian: Command, folder: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("QL_DATABASE_URL", url)
    for arguments in (("serve",), ("migrate",), ("init", "--bureau", "局", "--code", "QC")):
        ran = qinglian(*arguments)
        assert is_refusal(ran, "QL_DATABASE_URL", "postgresql+psycopg://") and "geheim" not in ran.err
    assert not folder.exists()
    checked = qinglian("doctor")
    assert checked.code == 1 and checked.err == "" and "geheim" not in checked.out
    assert "✗ 数据库：" in checked.out and "postgresql+psycopg://账号" in checked.out


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("QL_LAMP_DAYS", "abc", "请填写整数"),
        ("QL_POOL_SIZE", "1", "不能小于 2"),
        ("QL_HTTPS", "maybe", "请填写 true 或 false"),
        ("QL_ASSETS", "npm", "可选：cdn、local"),
        ("QL_WEBHOOK_ALLOW", "10.2.3.4/16", "须为逗号分隔的网段"),
        ("QL_DECISION_QUORUM", "3/2", "须为小于 1 的分数"),
        ("QL_COMPLAINT_ACCEPT_WORKDAYS", "16", "16 超过 15 个工作日：检举控告工作规则"),
        ("QL_COMPLAINT_REPLY_WORKDAYS", "60", "请改为 1 至 15"),
        ("QL_DECISION_DISCLOSE_WORKDAYS", "0", "不能小于 1"),
    ],
)
def test_senseless_setting_is_named(
    qinglian: Command, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    for command in ("doctor", "serve"):
        assert is_refusal(qinglian(command), f"{name}：", said)


def test_commands_say_what_to_run_first(qinglian: Command, folder: Path) -> None:
    for command in (("serve",), ("user", "list"), ("token", "create", "--user", "school")):
        ran = qinglian(*command)
        assert ran.code == 1 and "qinglian init" in ran.err and ran.out == ""
    assert not folder.exists(), "looking leaves nothing behind"


def test_an_older_database_must_be_migrated_first(qinglian: Command, folder: Path) -> None:
    folder.mkdir()
    (folder / "qinglian.sqlite3").touch()
    ran = qinglian("serve")
    assert ran.code == 1 and "qinglian migrate" in ran.err
    assert qinglian("migrate").code == 0
    assert qinglian("user", "list").err.startswith("请先用 qinglian init")


def test_token_stands_alone_on_stdout_and_opens_the_api(
    qinglian: Command, founded: dict[str, str], site: TestClient
) -> None:
    password = qinglian("user", "create", "zhang.wei", "--name", "张伟").out.split("：")[-1].strip()
    assert qinglian("user", "grant", "zhang.wei", "leader").code == 0
    ran = qinglian("token", "create", "--user", "zhang.wei", "--days", "30")
    assert ran.err == "" and re.fullmatch(r"ql_[\w-]{40,}\n", ran.out)
    with site:
        me = site.get("/api/v1/me", headers=bearer(ran.out.strip()))
        assert me.json()["roles"] == ["leader"]
        login = {"username": "zhang.wei", "password": password}
        assert site.post("/api/v1/sessions", json=login).status_code == 201


def test_token_may_be_limited_to_scopes(qinglian: Command, founded: dict[str, str], site: TestClient) -> None:
    qinglian("user", "create", "lead", "--name", "局长")
    qinglian("user", "grant", "lead", "leader")
    change = qinglian("token", "create", "--user", "lead", "--scope", "units:read")
    with site:
        assert site.get("/api/v1/plans", headers=bearer(change.out.strip())).json()["code"] == "insufficient_scope"
    wrong = qinglian("token", "create", "--user", "lead", "--scope", "units:read", "--scope", "assignment:read")
    assert is_refusal(wrong, "assignment:read", "assignments:read")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("token", "create", "--user", "nobody"), "nobody"),
        (("user", "reset-password", "nobody"), "nobody"),
        (("user", "create", "中文", "--name", "张伟"), "小写字母"),
        (("user", "create", "auditor", "--name", "张伟"), "username：与已有的记录重复"),
        (("user", "grant", "auditor", "leader"), "三员"),
        (("user", "grant", "sysadmin", "school", "--unit", "没有的学校"), "没有的学校"),
    ],
)
def test_refusals_are_one_line_on_stderr(
    qinglian: Command, founded: dict[str, str], arguments: tuple[str, ...], said: str
) -> None:
    ran = qinglian(*arguments)
    assert ran.code == 1 and said in ran.err and ran.out == "" and len(ran.err.splitlines()) == 1


def test_reset_password_replaces_the_old_one(qinglian: Command, founded: dict[str, str], site: TestClient) -> None:
    fresh = qinglian("user", "reset-password", "auditor").out.split("：")[-1].strip()
    with site:
        for password, status in ((founded["auditor"], 401), (fresh, 201)):
            login = {"username": "auditor", "password": password}
            assert site.post("/api/v1/sessions", json=login).status_code == status


def test_doctor_lists_every_setting_and_passes_on_a_sound_folder(qinglian: Command, founded: dict[str, str]) -> None:
    ran = qinglian("doctor")
    assert ran.code == 0, ran.out
    assert all(f"QL_{name.upper()}=" in ran.out for name in Settings.model_fields)
    assert "✗" not in ran.out and "synchronous：2" in ran.out
    assert "师德失范" in ran.out and "没有承办股室" in ran.out  # Nobody has said yet which offices take part.


def test_doctor_names_the_mend_for_each_failure(
    qinglian: Command, founded: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QL_ASSETS", "local")
    ran = qinglian("doctor")
    assert ran.code == 1 and "qinglian assets" in ran.out
    monkeypatch.setenv("QL_DATA", str(folder / "elsewhere"))
    ran = qinglian("doctor")
    assert ran.code == 1 and "qinglian init" in ran.out
    monkeypatch.setenv("QL_DATABASE_URL", "postgresql+psycopg://ql:geheim@127.0.0.1:1/none")
    ran = qinglian("doctor")
    assert ran.code == 1 and "QL_DATABASE_URL 的主机" in ran.out and "geheim" not in ran.out


def test_doctor_asks_the_mail_server_without_sending(
    qinglian: Command, founded: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as box:
        monkeypatch.setenv("QL_SMTP_URL", box.url)
        assert "QL_MAIL_FROM" in qinglian("doctor").out
        monkeypatch.setenv("QL_MAIL_FROM", "no-reply@example.cn")
        monkeypatch.setenv("QL_SITE_URL", "https://qinglian.example.cn")
        assert f"127.0.0.1:{box.port}，可以连接" in qinglian("doctor").out and not box.mails
        box.answers["EHLO"] = box.answers["HELO"] = "554 not you"
        ran = qinglian("doctor")
        assert ran.code == 0 and "请核对 QL_SMTP_URL" in ran.out


def test_assets_keep_only_the_pinned_bytes(qinglian: Command, tmp_path: Path, folder: Path) -> None:
    other = tmp_path / "htmx.js"
    other.write_text("alert(1)")
    ran = qinglian("assets", "--file", str(other))
    assert ran.code == 1 and HTMX_INTEGRITY in ran.err
    assert not list(folder.glob("assets/*"))
    if not HTMX.exists():
        pytest.skip("没有 .cache/htmx.min.js：由 .ci/run 经 npm 取得")
    assert qinglian("assets", "--file", str(HTMX)).code == 0
    assert integrity((folder / "assets" / "htmx.min.js").read_bytes()) == HTMX_INTEGRITY


def test_rules_print_the_matrix(qinglian: Command) -> None:
    ran = qinglian("rules")
    assert ran.code == 0 and "| 办结 `complete` |" in ran.out


def test_parse_gives_json_alone(qinglian: Command, tmp_path: Path) -> None:
    import json

    text = tmp_path / "报告.txt"
    text.write_text("关于上学期工作情况的报告\n上学期各项工作进展顺利。")
    ran = qinglian("plan", "parse", str(text), "--json")
    assert ran.code == 0 and json.loads(ran.out)["items"] == []
