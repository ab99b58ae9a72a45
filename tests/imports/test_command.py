"""``qinglian import``: looks first, writes when told, and ends as scripts expect."""

import io
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import app.main  # noqa: F401  # Registers what can be imported.
from app.core.media import OLE_HEADER
from app.imports import cli, operations
from app.imports.registry import IMPORTABLES
from app.settings import Settings
from tests.cli.conftest import Command
from tests.cli.conftest import folder as folder  # the fixture
from tests.cli.conftest import qinglian as qinglian  # the fixture
from tests.conftest import As
from tests.imports.tables import as_csv
from tests.rezipped import rezipped

BY = {"assignments": "school", "rectifications": "school", "indicator-values": "school", "integrity-risks": "school"}
BY |= {"major-decisions": "school", "filings": "school", "liaison-visits": "education"}
BY |= {"venue-activities": "school", "briefs": "school", "breakdowns": "school", "breakdown-measures": "school"}
BY |= {"appraisal-deductions": "office", "self-checks": "school"}
"""Who imports it; the others the installation itself may."""
CENTRAL = ("N1", "青山镇中心校", "中心校", "", "")


def test_a_table_is_looked_through_and_written_when_told(
    qinglian: Command, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("QL_DATABASE_URL", str(settings.database_url))
    file = tmp_path / "名录.csv"
    file.write_bytes(as_csv(CENTRAL))
    looked = qinglian("import", "units", str(file), "--bureau", "QC")
    assert looked.code == 0 and "新增 1" in looked.out and "还没有写入" in looked.out
    done = json.loads(qinglian("import", "units", str(file), "--bureau", "QC", "--commit", "--json").out)
    assert (done["run"]["state"], done["run"]["written_count"], done["wrong"]) == ("committed", 1, [])
    assert "不变 1" in qinglian("import", "units", str(file), "--bureau", "QC", "--commit").out

    file.write_bytes(as_csv(CENTRAL, ("N2", "青山小学", "学样", "", "")))
    for options in ((), ("--commit",)):
        wrong = qinglian("import", "units", str(file), "--bureau", "QC", *options)
        assert (
            wrong.code == 1
            and "第 3 行 类别“学样”：没有这一选项" in wrong.out
            and "可能是学校" in wrong.out
            and "还没有写入" in wrong.out
        )
        # With rows that are wrong, too, it is the import that is printed; nothing of it was written.
        told = qinglian("import", "units", str(file), "--bureau", "QC", "--json", *options)
        found = json.loads(told.out)
        assert told.code == 1 and (found["run"]["state"], found["run"]["written_count"]) == ("checked", 0)
        assert (found["run"]["wrong_count"], found["wrong"][0]["number"]) == (1, 3)
    # As somebody: what is theirs to do, and no more.
    file.write_bytes(as_csv(("N3", "河东小学", "学校", "", "")))
    refused = qinglian("import", "units", str(file), "--as", "school")
    assert refused.code == 1 and "您不能导入单位" in refused.err
    assert "新增 1" in qinglian("import", "units", str(file), "--as", "sysadmin").out
    file.write_bytes(b"MZ")
    unusable = qinglian("import", "units", str(file), "--bureau", "QC", "--json")
    assert unusable.code == 2 and json.loads(unusable.out)["code"] == "bad_file"
    assert qinglian("import", "nothing", str(file), "--bureau", "QC").code == 2


def test_a_refusal_is_told_to_a_program_as_json(
    qinglian: Command, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever it was that could not be done: who asks, the bureau, the command, a setting; the exit code stays."""
    monkeypatch.setenv("QL_DATABASE_URL", str(settings.database_url))
    file = tmp_path / "名录.csv"
    file.write_bytes(as_csv(CENTRAL))
    units = ("import", "units", str(file))
    for command, code, status, said in (
        ((*units, "--as", "school"), 1, 403, "您不能导入单位"),
        ((*units, "--as", "nobody"), 1, 404, "nobody"),
        ((*units, "--bureau", "XX"), 1, 404, "XX"),
        (("import", "nothing", str(file)), 2, 400, "没有这一类"),
        (("import", "units", str(tmp_path / "没有.csv")), 2, 400, "没有.csv"),
        ((*units, "--nothing"), 2, 400, "--nothing"),
        (("plan", "parse", str(file)), 1, 422, ""),
    ):
        plain, told = qinglian(*command), qinglian(*command, "--json")
        assert (plain.code, told.code) == (code, code), (command, told)
        problem = json.loads(told.out)
        assert (problem["status"], bool(problem["code"]), bool(problem["title"])) == (status, True, True), told.out
        assert said in told.out and plain.out == "" == told.err, (plain, told)
    monkeypatch.setenv("QL_LAMP_DAYS", "soon")
    told = qinglian(*units, "--json")
    assert told.code == 1 and json.loads(told.out)["errors"][0]["pointer"] == "/QL_LAMP_DAYS"
    assert qinglian(*units).err.startswith("QL_LAMP_DAYS：")


@pytest.mark.parametrize("resource", list(IMPORTABLES))
def test_each_resource_ends_as_scripts_expect(
    qinglian: Command, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, resource: str
) -> None:
    monkeypatch.setenv("QL_DATABASE_URL", str(settings.database_url))
    file, columns = tmp_path / "表.csv", IMPORTABLES[resource].columns
    who = ("--as", BY[resource]) if resource in BY else ("--bureau", "QC")
    wrong = ["这样的没有" if column.required else "" for column in columns]
    for lines, code in (([], 0), ([wrong], 1)):
        file.write_bytes(as_csv(*lines, heads=[column.heading for column in columns]))
        assert qinglian("import", resource, str(file), *who).code == code, lines
    file.write_bytes(b"\x89PNG")
    assert qinglian("import", resource, str(file), *who).code == 2


def test_each_end_has_its_code(
    qinglian: Command, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """0 clean, whether written or looked through; 1 a row is wrong; 2 the file cannot be used."""
    monkeypatch.setenv("QL_DATABASE_URL", str(settings.database_url))
    file = tmp_path / "名录.csv"
    archive = rezipped(b"", {"名录.xlsx": b"x"})
    old = OLE_HEADER + bytes(600) + archive.replace(b"PK\x01\x02", b"PK\x09\x09")
    headless, wrong = "甲,乙\n1,2\n".encode(), as_csv(("N2", "青山小学", "学样", "", ""))
    for content, code in (
        (as_csv(CENTRAL), 0),
        (wrong, 1),
        (archive, 2),
        (old, 2),
        (headless, 2),
        (b"", 2),
        (b"\xff\0\x81", 2),
    ):
        file.write_bytes(content)
        for options in ((), ("--json",), ("--commit",), ("--commit", "--json")):
            ran = qinglian("import", "units", str(file), "--bureau", "QC", *options)
            assert ran.code == code, (content[:20], options, ran)
            if "--json" in options:
                told = json.loads(ran.out)
                assert ("run" in told) == (code != 2) and (code != 2 or told["code"] == "bad_file")
    assert qinglian("import", "units", str(tmp_path / "没有.csv"), "--bureau", "QC").code == 2


def test_a_terminal_sees_how_far_it_is(
    qinglian: Command, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("QL_DATABASE_URL", str(settings.database_url))
    monkeypatch.setattr(operations, "AT_ONCE", 5)
    seen = io.StringIO()
    monkeypatch.setattr(cli, "err", Console(file=seen, force_terminal=True, width=100))
    file = tmp_path / "名录.csv"
    file.write_bytes(as_csv(*((f"N{n}", f"第{n}小学", "学校", "", "") for n in range(12))))
    assert qinglian("import", "units", str(file), "--bureau", "QC", "--commit").code == 0
    assert "写入" in seen.getvalue() and "0/13" in seen.getvalue()


def test_a_command_under_nohup_goes_on_without_its_terminal(
    qinglian: Command, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("QL_DATABASE_URL", str(settings.database_url))
    monkeypatch.setattr(operations, "AT_ONCE", 1)
    file = tmp_path / "名录.csv"
    file.write_bytes(as_csv(CENTRAL, ("N2", "青山小学", "学校", "", "")))
    look = cli.look_through

    def closed(*given: Any) -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        look(*given)

    monkeypatch.setattr(cli, "look_through", closed)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert qinglian("import", "units", str(file), "--bureau", "QC").code == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_told_to_end_leaves_nothing_busy(
    as_: As,
    qinglian: Command,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    monkeypatch.setenv("QL_DATABASE_URL", str(settings.database_url))
    monkeypatch.setattr(operations, "AT_ONCE", 1)
    file = tmp_path / "名录.csv"
    file.write_bytes(as_csv(CENTRAL, ("N2", "青山小学", "学校", "", "")))
    monkeypatch.setattr(cli, "look_through", lambda *given: os.kill(os.getpid(), number))
    assert qinglian("import", "units", str(file), "--bureau", "QC").code == 128 + number
    (run,) = as_("sysadmin").get("/api/v1/imports").json()["data"]
    assert (run["busy"], run["problem"]) == (None, "命令没有运行完，请重新运行")
    assert as_("sysadmin").post(f"/api/v1/imports/{run['id']}/discard").status_code == 200
