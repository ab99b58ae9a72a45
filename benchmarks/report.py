"""The table on the screen, docs/benchmarks.md with its plot, and what everything was measured with."""

import os
import platform
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import psutil
import sqlalchemy as sa
from rich.table import Table

from app.core.calendar import SHANGHAI
from benchmarks.measured import Measured
from benchmarks.stage import Stages

DOCS = Path(__file__).parents[1] / "docs"
PAGE, PLOT = DOCS / "benchmarks.md", DOCS / "benchmarks.svg"
LIBRARIES = ("fastapi", "starlette", "uvicorn", "sqlmodel", "sqlalchemy", "psycopg", "jinja2")
PEERS = ("django", "djangorestframework")
HEADS = ("benchmark", "database", "scope", "ours", "theirs", "ratio", "CPU ratio", "at least", "aim", "reached")
INTRODUCTION = """# Benchmarks

Written by `uv run --extra bench python -m benchmarks`; nothing here is typed by hand. Each line compares two things
side by side, in turns in one run, and is the median of {rounds} rounds after one to warm up: absolute figures drift
from machine to machine, ratios hold. The CPU ratio is the same in processor time of the measured process (PostgreSQL's
own not counted); where two percentiles of the same requests are compared, or what several processes do together, there
is none. Of what many clients ask (steps, reads with writes), a round in which the empty POST's p99 exceeds 2.5 × its
p50 is noise and left out. Both databases keep what they commit: SQLite with `synchronous=FULL`, PostgreSQL with
`fsync` and `synchronous_commit` on. Both plan as in an installation: PostgreSQL by its statistics, SQLite without any.

What each line means is in the head of its file in [benchmarks/](../benchmarks).
"""


def figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def cells(line: Measured) -> tuple[str, ...]:
    sign = "≤ " if line.lower else "≥ "
    bounds = ["" if bound is None else sign + figure(bound) for bound in (line.at_least, line.aim)]
    theirs = f"{figure(line.theirs)} {line.unit}" if line.theirs is not None else ""
    cpu = "" if line.cpu_ratio is None else f"{line.cpu_ratio:.2f}"
    shown = (line.benchmark, line.database or "—", line.scope, f"{figure(line.ours)} {line.unit}", theirs)
    return (*shown, f"{line.ratio:.2f}", cpu, *bounds, line.verdict)


def table(lines: Sequence[Measured]) -> Table:
    shown = Table(*HEADS)
    styles = {"short": "red", "noise": "yellow", "aim": "green"}
    for line in lines:
        shown.add_row(*cells(line), style=styles.get(line.verdict))
    return shown


def environment(stages: Stages, engines: Sequence[str]) -> dict[str, str]:
    """Versions and the machine's size."""
    known = {
        "date": datetime.now(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
        "machine": f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB, {platform.machine()}",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
    }
    if "postgresql" in engines and (database := stages.any("postgresql")) is not None:
        with database.reader.connect() as connection:
            known["PostgreSQL"] = connection.execute(sa.text("SHOW server_version")).scalar_one().split()[0]
    return known | {name: version(name) for name in (*LIBRARIES, *PEERS)}


def write(lines: Sequence[Measured], known: dict[str, str], rounds: int) -> None:
    """docs/benchmarks.md and its plot."""
    plot(lines)
    rows = [HEADS, ("---",) * len(HEADS), *(cells(line) for line in lines)]
    parts = [
        INTRODUCTION.format(rounds=rounds),
        "## Results\n",
        "\n".join("| " + " | ".join(row) + " |" for row in rows),
        f"\n![How far each line reaches, as a share of what is asked at least]({PLOT.name})\n",
        "## Measured with\n",
        "\n".join(("| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in known.items()))),
    ]
    PAGE.write_text("\n".join(parts) + "\n", "utf-8")


def reach(ratio: float, line: Measured) -> float:
    """1 is what is asked at least; more is better, whichever way the ratio runs."""
    return line.at_least / max(ratio, 1e-9) if line.lower else ratio / line.at_least


def plot(lines: Sequence[Measured]) -> None:
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    matplotlib.rcParams["svg.hashsalt"] = "qinglian"
    colours = {"sqlite": "#2b5c8a", "postgresql": "#8a4b2b", "": "#555555"}
    shown = list(reversed(lines))
    figure, axes = pyplot.subplots(figsize=(11, 0.28 * len(shown) + 1.2))
    for place, line in enumerate(shown):
        axes.barh(place, min(reach(line.ratio, line), 5), color=colours[line.database], height=0.7)
        if line.aim is not None:
            axes.plot([min(reach(line.aim, line), 5)] * 2, [place - 0.42, place + 0.42], color="#2e8b57", linewidth=2)
    axes.axvline(1, color="#c03030", linewidth=1)
    axes.set_yticks(
        range(len(shown)), [f"{line.benchmark}  ·  {line.database} {line.scope}" for line in shown], fontsize=7
    )
    axes.set_xlabel("ratio as a share of what is asked at least (red line); green marks the aim; bars end at 5")
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(PLOT, metadata={"Date": None})
    pyplot.close(figure)
