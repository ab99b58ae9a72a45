"""How well and how fast plans are read.

    python -m benchmarks.plan_parser [--plans FOLDER]

Prints the scores of the plans in FOLDER (default ../shared/plans, by its own score.py), the milliseconds for
each (median of five), and what ten times the text costs. Without the folder only the speed is shown, on the
project's own sample text.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from app.plans.parser import SourceText, parse, read_document

PLANS = Path(__file__).parents[2] / "shared" / "plans"
ROUNDS = 5
AREA = (
    "（{area}）强化教育引导{n}.开展师德专题教育。主要措施：每学期组织集中学习，做到“一人一书”，课后服务做到1:1。"
    "责任股室：人事股、党办，各学校（园）完成时限：2024年3月底前"
)
NUMERALS = "一二三四五六七八九十"


def milliseconds(source: SourceText) -> float:
    """The median of five readings."""
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        parse(source.text, source.tables)
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def sample(areas: int) -> str:
    """A plan without line breaks, as long as wanted."""
    body = "".join(AREA.format(area=NUMERALS[n % 10], n=n + 1) for n in range(areas))
    return "2024年师德师风建设工作方案为加强师德建设，制定本方案。一、主要任务" + body


def score(plans: Path, sources: dict[str, SourceText]) -> str:
    """What score.py says of all plans, in its own process and words."""
    with tempfile.TemporaryDirectory() as folder:
        for name, source in sources.items():
            found = parse(source.text, source.tables).as_json()
            (Path(folder) / f"{name}.json").write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
        command = [sys.executable, str(plans / "score.py"), "--expected", str(plans), "--parsed", folder, "--texts", str(plans)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--plans", type=Path, default=PLANS)
    plans = arguments.parse_args().plans
    sources = {file.stem: read_document(file.read_bytes(), file.name) for file in sorted(plans.glob("*.txt"))}
    if (plans / "score.py").is_file():
        print(score(plans, sources))
    for name, source in sources.items():
        print(f"{name:<40} {len(source.text):>7} characters {milliseconds(source):>8.1f} ms")
    text = sources["00-seed"].text if "00-seed" in sources else sample(10)
    once = milliseconds(SourceText(text))
    tenfold = milliseconds(SourceText(text * 10))
    print(f"ten times the text takes {tenfold / once:.1f} times as long ({once:.1f} ms, {tenfold:.1f} ms)")


if __name__ == "__main__":
    main()
