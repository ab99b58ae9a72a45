"""docs/api.md is true: its examples do what it says, against a server over a socket."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import As
from tests.running.serving import serving
from tests.walk.steps import API, ok

DOCS = Path(__file__).parents[2] / "docs"
SHELL = {"sh": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}


def examples(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / name).read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("language", SHELL)
def test_both_languages_of_the_guide_have_the_same_examples(language: str) -> None:
    english = examples("api.md", language)
    assert english == examples("api.zh-CN.md", language) and len(english) >= 7


def test_the_examples_do_what_the_guide_says(settings: Any, as_: As, tmp_path: Path) -> None:
    scopes = {"name": "对接", "scopes": ["units:write", "imports:write"]}
    token = ok(as_("sysadmin").post(f"{API}/api-tokens", json=scopes), 201)["token"]
    with serving(settings, tmp_path, "server") as server:
        server.wait_ready()
        told = os.environ | {"QINGLIAN_URL": server.url, "QINGLIAN_TOKEN": token}
        for language, command in SHELL.items():
            script = "".join(examples("api.md", language))
            ran = subprocess.run(
                [*command, script], env=told, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
            )
            assert ran.returncode == 0, f"{language}: {ran.stdout[-2000:]} {ran.stderr[-2000:]}"
    made = {row["code"]: row["name"] for row in ok(as_("sysadmin").get(f"{API}/units?q=API"))["data"]}
    assert made == {"API1": "接口第一小学", "API2": "接口第二小学", "API3": "接口三小", "API4": "接口四小"}
    lines = (tmp_path / "schools.csv").read_bytes().decode("utf-8-sig").splitlines()
    assert {"接口第一小学", "接口第二小学", "接口三小", "接口四小"} <= {line.split(",")[1] for line in lines[1:]}
    assert (tmp_path / "units.xlsx").read_bytes().startswith(b"PK")
