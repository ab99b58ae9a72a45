"""What every benchmark is given: how much to measure, and the stages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.measured import Measured
from benchmarks.stage import Stage, Stages


@dataclass
class Run:
    """``quick`` shows that everything works and what processor time says; its figures are no result."""

    stages: Stages
    rows: int
    rounds: int
    quick: bool
    say: Callable[[str], None]

    def times(self, full: int) -> int:
        """So many calls a round, or few."""
        return max(full // 10, 10) if self.quick else full

    def stage(self, engine: str) -> Stage:
        """The largest one."""
        return self.stages.get(engine, self.rows)


Benchmark = Callable[[Run, str], Iterator[Measured]]
"""``measure(run, engine)`` yields its lines; one without a database is called once, with an empty name."""
