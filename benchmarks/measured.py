"""What a benchmark gives: one line of the table. And how a pair is timed: in turns, medians, processor beside wall."""

import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple

NOISE = 2.5
"""A round in which the empty POST's p99 exceeds so many times its p50 says nothing."""


@dataclass(frozen=True)
class Measured:
    """``ratio`` is what ``at_least`` and ``aim`` speak of; ``lower``: the smaller the better."""

    benchmark: str
    database: str
    scope: str
    unit: str
    ours: float
    theirs: float | None
    ratio: float
    at_least: float
    aim: float | None = None
    lower: bool = False
    cpu_ratio: float | None = None
    """The same ratio in processor time of the measured process (PostgreSQL's own not counted)."""
    noisy: bool = False

    @property
    def verdict(self) -> str:
        if self.noisy:
            return "noise"
        reached = (lambda limit: self.ratio <= limit) if self.lower else (lambda limit: self.ratio >= limit)
        if self.aim is not None and reached(self.aim):
            return "aim"
        return "at least" if reached(self.at_least) else "short"


class Taken(NamedTuple):
    """Seconds a call, on the wall and of this process's processor time."""

    wall: float
    cpu: float


async def timed(call: Callable[[], Awaitable[object]], times: int) -> Taken:
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(times):
        await call()
    return Taken((time.perf_counter() - wall) / times, (time.process_time() - cpu) / times)


def timed_now(call: Callable[[], object], times: int) -> Taken:
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(times):
        call()
    return Taken((time.perf_counter() - wall) / times, (time.process_time() - cpu) / times)


def median(rounds: list[Taken]) -> Taken:
    return Taken(statistics.median(r.wall for r in rounds), statistics.median(r.cpu for r in rounds))


def share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


async def side_by_side(
    ours: Callable[[], Awaitable[object]], theirs: Callable[[], Awaitable[object]], rounds: int, times: int
) -> tuple[Taken, Taken]:
    """Medians of both, taken in turns; first enough calls that each of the threads has its connection open."""
    await timed(ours, max(times // 4, 15))
    await timed(theirs, max(times // 4, 15))
    pairs = [(await timed(ours, times), await timed(theirs, times)) for _ in range(rounds)]
    return median([ours for ours, _ in pairs]), median([theirs for _, theirs in pairs])
