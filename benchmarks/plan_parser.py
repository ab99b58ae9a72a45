"""Speed of the plan parser, and its scores on the shared plans.

    python -m benchmarks.plan_parser [--plans DIR] [--rounds N]

Prints what score.py says of the parsed documents, then for each document its length, the median milliseconds of a
parse and how many times as long ten copies of it take. Without the folder it measures the demo's plan.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from app.plans.parser import parse
from benchmarks.measured import Measured
from benchmarks.run import Run

PLANS = Path(__file__).parents[2] / "shared" / "plans"
SEED = "00-seed"
WITHIN_MS = 20
SEED_LENGTH = 4304
SAMPLE, OWN = "the demo's plan", files("app.demo") / "sample_plan.txt"


def measure(run: Run, _engine: str) -> Iterator[Measured]:
    """The seed within 20 ms; ten times the text within twelve times the time. Processor time, as below. The demo's own
    plan, which is always there, in as much of the 20 ms as it is long."""
    rounds = max(run.rounds, 5)
    for name, text in [(SAMPLE, OWN.read_text("utf-8")), *(found for found in texts(PLANS) if found[0] == SEED)]:
        once = milliseconds(text, rounds)
        tenfold = milliseconds((text + "\n") * 10, rounds)
        within = WITHIN_MS * min(len(text) / SEED_LENGTH, 1)
        yield Measured(
            f"plan parser: {len(text):,} characters ÷ {within:.1f} ms",
            *("", name, "ms"),
            *(once, within, once / within),
            at_least=1,
            lower=True,
        )
        yield Measured(
            "plan parser: ten times the text ÷ once", "", name, "ms", tenfold, once, tenfold / once, 12, 10, lower=True
        )


def texts(plans: Path) -> Iterator[tuple[str, str]]:
    found = sorted(plans.glob("*.txt"))
    if not found:
        yield SAMPLE, OWN.read_text("utf-8")
    for path in found:
        yield path.stem, path.read_text("utf-8")


def milliseconds(text: str, rounds: int) -> float:
    """The median of some rounds in processor time, which other work on the machine does not stretch."""
    taken = []
    for _ in range(rounds):
        started = time.process_time()
        parse(text)
        taken.append((time.process_time() - started) * 1000)
    return statistics.median(taken)


def print_scores(plans: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts(plans):
            result = json.dumps(parse(text).as_json(), ensure_ascii=False)
            (Path(folder) / f"{name}.json").write_text(result, "utf-8")
        command = [sys.executable, str(plans / "score.py"), "--expected", str(plans), "--parsed", folder]
        subprocess.run([*command, "--texts", str(plans)], check=True)


def print_speed(plans: Path, rounds: int) -> None:
    print(f"{'document':<40}{'characters':>12}{'ms':>10}{'10x / 1x':>12}")
    ratios = []
    for name, text in texts(plans):
        once = milliseconds(text, rounds)
        ratio = milliseconds((text + "\n") * 10, max(3, rounds // 4)) / once
        ratios.append(ratio)
        print(f"{name:<40}{len(text):>12}{once:>10.1f}{ratio:>12.1f}")
    print(f"median 10x / 1x ratio {statistics.median(ratios):.1f}, highest {max(ratios):.1f}")


def main() -> None:
    options = argparse.ArgumentParser(description="Scores and speed of the plan parser.")
    options.add_argument("--plans", type=Path, default=PLANS, help="folder with NAME.txt, NAME.expected.json, score.py")
    options.add_argument("--rounds", type=int, default=15)
    chosen = options.parse_args()
    if (chosen.plans / "score.py").is_file():
        print_scores(chosen.plans)
    print_speed(chosen.plans, chosen.rounds)


if __name__ == "__main__":
    main()
