"""Linear time: what costs one on a text costs about ten on ten of it, and no text makes the parser go back and forth."""

import time

import pytest

from app.plans.parser import parse

from .test_parser import BRACKETS, LOST_BREAKS
from .test_parser_tables import TABBED

MILLION = 1_000_000


def cost(text: str, rounds: int = 1) -> float:
    """Seconds of processor time of the fastest round: other work on the machine does not count."""
    best = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        parse(text)
        best = min(best, time.process_time() - started)
    return best


@pytest.mark.parametrize("text", [LOST_BREAKS, BRACKETS, TABBED], ids=["lost breaks", "brackets", "table"])
def test_ten_times_the_text_costs_about_ten_times_the_time(text: str) -> None:
    long = (text + "\n") * 10
    assert cost(long * 10, 2) < 25 * cost(long, 5)


@pytest.mark.parametrize(
    "piece",
    [
        "（",
        "1",
        "1.",
        "加强领导",
        "党办、",
        "责任单位：",
        "（一）",
        "《",
        "“",
        " ",
        "\t",
        "序号\n",
        "附件：\n",
        "2024年",
        "()",
        "由",
        "①",
    ],
)
def test_a_million_of_anything_is_quick(piece: str) -> None:
    text = piece * (MILLION // len(piece) // 4)
    assert cost(text) < 10


@pytest.mark.parametrize("line", ["1.加强。\n", "a\tb\tc\n", "责任单位：党办\n", "（一）开展自查（党办负责）\n"])
def test_many_short_lines_cost_what_they_are_long(line: str) -> None:
    text = line * 1_500
    assert cost(text * 4) < 12 * cost(text, 2)
