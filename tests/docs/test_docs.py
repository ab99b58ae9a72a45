"""What the documents say is so: commands, settings, generated parts, links, the containers' description."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from typer.main import get_command

from app.cli import cli
from app.core.db import Database
from app.core.metrics import Metrics
from app.reference import GENERATED, matrix, regenerated, resources, setting_rows
from app.settings import Settings
from app.webhooks.subjects import LABELS

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.zh-CN.md")
DOCUMENTS = sorted([ROOT / "CHANGELOG.md", *(ROOT / name for name in READMES), *(ROOT / "docs").rglob("*.md")])
TRY, TEST = "pip install uv && uv run qinglian demo", "pip install uv && uv run pytest"


def blocks(text: str) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", text, re.DOTALL)


# Commands


@pytest.mark.parametrize("name", READMES)
def test_two_commands_do_all_the_set_up(name: str) -> None:
    text = (ROOT / name).read_text()
    assert f"{TRY}\n" in blocks(text) and f"{TEST}\n" in blocks(text)


def test_ci_calls_exactly_the_readme_s_test_command() -> None:
    assert TEST in [line.strip() for line in (ROOT / ".ci" / "run").read_text().splitlines()]


def test_ci_is_strict_and_names_no_registry() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert "set -euo pipefail" in script and (ROOT / ".ci" / "run").stat().st_mode & 0o111
    assert not re.search(r"https?://|index-url|registry", script)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_named_commands_and_options_exist(path: Path) -> None:
    """Every ``qinglian …`` in a code block or between backticks."""
    text = path.read_text()
    lines = [line for block in blocks(text) for line in block.splitlines()]
    lines += [found for found in re.findall(r"`([^`\n]+)`", text) if found.startswith("qinglian ")]
    for line in lines:
        for called in re.findall(r"(?:(?<![\w/-])|(?<=bin/))qinglian (?!.*\.py)([^|&;)#]+)", line):
            assert_known(shlex.split(called))


def assert_known(words: list[str]) -> None:
    command: Any = get_command(cli)
    while words and hasattr(command, "commands"):
        word = words.pop(0)
        assert word in command.commands, f"qinglian has no command {word}"
        command = command.commands[word]
    known = {option for parameter in command.params for option in parameter.opts}
    for word in words:
        assert not word.startswith("--") or word in known, f"{command.name} has no option {word}"


def test_operations_name_what_the_program_serves_and_measures() -> None:
    """Alarms on a figure that is none would never ring."""
    text = (ROOT / "docs" / "operations.md").read_text()
    database = Database("sqlite:///nowhere.sqlite3")
    figures = Metrics(database.metrics, lambda: 0, "0").text().decode()
    database.close()
    named = set(re.findall(r"\b(?:qinglian|process)_[a-z_]+", text))
    assert len(named) > 8 and all(f"# TYPE {name.removesuffix('_bucket')} " in figures for name in named), named
    checks = re.search(r"failed ones of (.+?) \(", text)
    assert checks and set(re.findall(r"`(\w+)`", checks[1])) == {
        "database", "migrations", "durability", "data_folder", "disk",
    }  # fmt: skip


def test_alarms_hear_of_the_first_time_and_of_each_door(app: FastAPI) -> None:
    """A series with a label begins with what it counts: it has not risen then."""
    text = (ROOT / "docs" / "operations.md").read_text()
    (block,) = re.findall(r"```yaml\n(groups:.*?)```", text, re.DOTALL)
    (group,) = yaml.safe_load(block)["groups"]
    rules = {rule["alert"]: rule["expr"] for rule in group["rules"]}
    assert len(rules) == len(group["rules"]) > 8
    for expr in rules.values():
        for name, labels in re.findall(r"increase\((\w+)(\{.*?\})?\[", expr):
            # With labels only where many are counted, of all series together.
            assert not labels or (expr.startswith("sum(") and int(expr.split("> ")[1]) >= 50), name
    (doors,) = re.findall(r'route=~"(.*?)"', rules["logins that fail"])
    found = iter_route_contexts(app.routes)
    logins = {
        each.path for each in found if getattr(getattr(each, "endpoint", None), "performs", "") == "session.create"
    }
    assert len(logins) == 3 and set(doors.split("|")) == logins


def test_readme_names_every_command() -> None:
    commands = get_command(cli).commands  # type: ignore[attr-defined]
    for name in READMES:
        text = (ROOT / name).read_text()
        assert all(re.search(rf"\b{command}\b", text) for command in commands)


def test_every_command_and_option_says_what_it_does() -> None:
    def walk(command: Any) -> None:
        assert command.help, command.name
        for parameter in command.params:
            assert getattr(parameter, "help", None) or isinstance(parameter, typer.core.TyperArgument), parameter.name
        for inner in getattr(command, "commands", {}).values():
            walk(inner)

    walk(get_command(cli))


# Settings


def test_settings_table_is_the_settings_class() -> None:
    rows = re.findall(r"^\| `(QL_\w+)` \| (?:`([^`]*)`|–) \| .+ \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert rows == [(name, default) for name, default, _ in setting_rows()]


def test_every_setting_is_described() -> None:
    assert all(description for _, _, description in setting_rows())


def test_no_other_variable_is_invented() -> None:
    known = {f"QL_{name.upper()}" for name in Settings.model_fields}
    of_tests = {
        variable
        for path in (ROOT / "tests").rglob("*.py")
        for variable in re.findall(r'environ(?:\.get\(|\[)"(QL_[A-Z_]+)"', path.read_text())
    }
    compose_only = {"QL_DB_PASSWORD", "QL_BIND", "QL_BACKUPS", "QL_KEYS"}
    named = {
        variable
        for path in (*DOCUMENTS, ROOT / "docker-compose.yml", ROOT / "Dockerfile", *(ROOT / "app").rglob("*.py"))
        for variable in re.findall(r"\bQL_[A-Z_]+\b", path.read_text())
    }
    assert named <= known | compose_only | of_tests


# Generated parts and links


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_generated_parts_are_current(path: Path) -> None:
    """Otherwise: ``qinglian rules --write docs/architecture.md --write README.zh-CN.md``."""
    text = path.read_text()
    assert regenerated(text) == text


def test_every_generated_part_stands_somewhere() -> None:
    together = "".join(path.read_text() for path in DOCUMENTS)
    assert all(f"<!-- generated: {name} -->" in together for name in GENERATED)


def test_matrix_holds_every_resource_and_tells_yes_from_no() -> None:
    names = {resource.name for resource in resources()}
    assert {"plan", "assignment", "inspection", "rectification", "evidence", "unit", "user", "event"} <= names
    lines = matrix().splitlines()
    issue = next(line for line in lines if "`issue`" in line and "印发" in line)
    assert [cell.strip() for cell in issue.split("|")[2:-1]] == ["全区", *["—"] * 7]
    assert any("本单位" in line for line in lines) and any("包联" in line for line in lines)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text()):
        if not target.startswith("docs/screenshots/"):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


# Containers and pins


def test_compose_describes_the_app_and_its_database() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    app, database = compose["services"]["app"], compose["services"]["database"]
    assert app["environment"]["QL_DATABASE_URL"].startswith("postgresql+psycopg://")
    assert app["depends_on"]["database"]["condition"] == "service_healthy" and "healthcheck" in database
    mounted = {_by_default(volume).split(":")[0] for service in (app, database) for volume in service["volumes"]}
    assert mounted == set(compose["volumes"])
    image = (ROOT / "Dockerfile").read_text()
    for folder in (_by_default(volume).split(":")[1] for volume in app["volumes"]):
        assert re.search(rf"chmod 700 .*{folder}\b", image), f"{folder} is nobody's, or everybody's"
    assert all(port.startswith("${QL_BIND:-127.0.0.1}:") for port in app["ports"])


def _by_default(value: str) -> str:
    """What Compose makes of it where ``.env`` says nothing."""
    return re.sub(r"\$\{QL_\w+:-(.*?)\}", r"\1", value)


def test_every_setting_of_env_reaches_the_container() -> None:
    """But two, which the file says are set there: what stands in ``.env`` and has no effect is believed to have one."""
    text = (ROOT / "docker-compose.yml").read_text()
    app = yaml.safe_load(text)["services"]["app"]
    assert app["env_file"] == [{"path": ".env", "required": False}]
    over = {name for name, value in app["environment"].items() if f"${{{name}:-" not in str(value)}
    assert over == {"QL_DATA", "QL_DATABASE_URL"} and over < {f"QL_{name.upper()}" for name in Settings.model_fields}
    said = re.search(r"# .*Set here, whatever .env says: (\w+) and (\w+)\.", text)
    assert said and set(said.groups()) == over
    assert "QL_ASSETS=local" in (ROOT / "Dockerfile").read_text()


def test_no_secret_stands_in_the_container_files() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    for service in compose["services"].values():
        for name, value in service["environment"].items():
            if "PASSWORD" in name or "://" in str(value):
                assert "${QL_DB_PASSWORD:?" in value


def test_image_runs_what_exists_as_nobody_special() -> None:
    lines = (ROOT / "Dockerfile").read_text()
    assert "/livez" in lines and "HEALTHCHECK" in lines and "USER qinglian" in lines
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", lines, re.MULTILINE):
        assert all((ROOT / name).exists() for name in source.split())
    for called in re.findall(r"qinglian (migrate|serve[^\"]*)", lines):
        assert_known(shlex.split(called))
    assert "--require-hashes" in lines


def pins_of(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)==([^ ;]+)", (ROOT / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize(("name", "at_least"), [("requirements.lock", 31), ("requirements-build.lock", 2)])
def test_pins_are_exact_hashed_and_name_no_registry(name: str, at_least: int) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"https?:|index-url|find-links", text)
    pins = re.findall(r"^([a-z0-9.-]+)(\S+)", text, re.MULTILINE)
    assert len(pins) >= at_least and all(version.startswith("==") for _, version in pins)
    assert text.count("\n    --hash=sha256:") >= len(pins)


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for lock, needed in (
        ("requirements.lock", project["project"]["dependencies"]),
        ("requirements-build.lock", project["build-system"]["requires"]),
    ):
        wanted = {re.split(r"[\[>=<;]", dependency)[0] for dependency in needed}
        assert wanted <= pins_of(lock).keys()
    both = pins_of("requirements.lock").keys() & pins_of("requirements-build.lock").keys()
    assert {name: pins_of("requirements.lock")[name] for name in both} == {
        name: pins_of("requirements-build.lock")[name] for name in both
    }, "pip installs from both at once"


def test_nothing_is_fetched_without_its_hash() -> None:
    """Neither for the image nor for an installation by hand: also what builds the package."""
    image = (ROOT / "Dockerfile").read_text()
    by_hand = "".join(blocks((ROOT / "docs" / "operations.md").read_text()))
    fetching = re.findall(r"\bpip (?:install|wheel) [^&\n]*", image + by_hand)
    assert len(fetching) >= 6
    for command in fetching:
        of_the_package = "--no-deps" in command and ("--no-build-isolation" in command or "--no-index" in command)
        assert of_the_package or "--require-hashes -r requirements" in command, command


def test_the_catalogue_of_webhooks_is_what_they_may_ask_for() -> None:
    text = (ROOT / "docs" / "webhooks.md").read_text()
    assert dict(re.findall(r"(?m)^\| `([a-z-]+)` \| (\S+) \|$", text)) == LABELS
    assert not {"complaints", "cases"} & LABELS.keys()
