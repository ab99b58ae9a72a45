"""Every claim about speed in one run.

    uv run --extra bench python -m benchmarks [--quick] [--only NAME …] [--rows N] [--database NAME …] [--rounds N]

Fills its databases, measures, prints a table and, where everything was measured in full, writes docs/benchmarks.md. It
ends with 1 where a line is short of what is asked at least, or is all noise.
"""

import argparse
import importlib
import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import (
    crowds,
    dispatching,
    django_peer,
    evidence_files,
    export,
    growth,
    lists,
    pages,
    plan_parser,
    report,
)
from benchmarks.measured import Measured
from benchmarks.run import Benchmark, Run
from benchmarks.stage import DATABASES, stages

BENCHMARKS: dict[str, Benchmark] = {
    "lists": lists.measure,
    "django": django_peer.measure,
    "pages": pages.measure,
    "growth": growth.measure,
    "clients": crowds.clients,
    "steps": crowds.steps,
    "instances": crowds.instances,
    "dispatch": dispatching.measure,
    "files": evidence_files.measure,
    "import": importlib.import_module("benchmarks.import").measure,  # a word of the language, else it stood above
    "export": export.measure,
    "parser": plan_parser.measure,
}
WITHOUT_DATABASE = {"parser"}
ROUNDS_AT_LEAST = 3
"""Of fewer no median is told."""


def asked() -> argparse.Namespace:
    options = argparse.ArgumentParser(prog="python -m benchmarks", description="Every claim about speed in one run.")
    options.add_argument("--quick", action="store_true", help="few rows and calls: shows that it works, is no result")
    options.add_argument("--only", action="append", choices=list(BENCHMARKS), help="one benchmark; may be repeated")
    options.add_argument("--rows", type=int, help="assignments of the large stage (1,000,000)")
    options.add_argument("--database", action="append", choices=DATABASES, help="one database; may be repeated")
    options.add_argument("--rounds", type=int, help="rounds that the medians are taken of (5)")
    return options.parse_args()


def main() -> None:
    given = asked()
    console = Console()
    console.width = max(console.width, 150)  # the table is made to be read, not to be wrapped
    rows = given.rows or (20_000 if given.quick else 1_000_000)
    engines = given.database or list(DATABASES)
    chosen = given.only or list(BENCHMARKS)
    work = [(name, engine) for name in chosen for engine in ([""] if name in WITHOUT_DATABASE else engines)]
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    lines: list[Measured] = []
    broken: list[str] = []
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("", total=len(work))

        def say(text: str) -> None:
            progress.update(bar, description=text)

        with stages(say) as made:
            run = Run(made, rows, given.rounds or (3 if given.quick else 5), given.quick, say)
            for name, engine in work:
                say(f"{name} {engine}")
                try:
                    lines += BENCHMARKS[name](run, engine)
                except Exception:
                    broken.append(f"{name} {engine}")
                    console.print_exception()
                progress.advance(bar)
            known = report.environment(made, engines)
    console.print(report.table(lines))
    console.print(" · ".join(f"{name} {value}" for name, value in known.items()))
    if broken:
        console.print(f"[red]broken: {', '.join(broken)}[/red]")
    whole = not (broken or given.quick or given.only or given.rows or given.database)
    if whole and run.rounds >= ROUNDS_AT_LEAST:
        report.write(lines, known, run.rounds)
        console.print(f"written: {report.PAGE}")
    sys.exit(bool(broken) or any(line.verdict in ("short", "noise") for line in lines))


if __name__ == "__main__":
    main()
