"""Figures of one running process for Prometheus. Labels are the program's own names: their number is bounded."""

import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
COMMITS = (1, 2, 4, 8, 16, 32, 64)
AWAY = 503
FAULTS = Counter("qinglian_faults", "Faults in the log, of requests and of work", registry=None)
"""Of the process. Without labels it stands at 0 from the start: a series that begins with the first fault has never
risen, and no alarm hears of it."""


class DatabaseMetrics:
    """How long work waits for its turn, how much waits, and how many SQLite writes share a commit."""

    def __init__(self, waiting: Callable[[], float], connections: Callable[[], float]) -> None:
        own: dict[str, Any] = {"registry": None}
        self.wait = Histogram("qinglian_database_wait_seconds", "From the call to its turn", buckets=SECONDS, **own)
        self.group = Histogram("qinglian_commit_group_size", "SQLite writes sharing a commit", buckets=COMMITS, **own)
        self.waiting = Gauge("qinglian_database_waiting", "Calls that wait for their turn now", **own)
        self.waiting.set_function(waiting)
        self.connections = Gauge("qinglian_database_connections", "Connections in use now", **own)
        self.connections.set_function(connections)

    def register(self, registry: CollectorRegistry) -> None:
        for metric in (self.wait, self.group, self.waiting, self.connections):
            registry.register(metric)


class _Route:
    """Seconds of one route's answers, counted by bucket."""

    __slots__ = ("buckets", "total")

    def __init__(self) -> None:
        self.buckets = [0] * (len(SECONDS) + 1)
        self.total = 0.0


class Requests(Collector):
    """Counted on the event loop alone: plain figures cost a sixth of the library's, which take locks."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str, int], int] = defaultdict(int)
        self.routes: dict[tuple[str, str], _Route] = defaultdict(_Route)
        self.unavailable = 0

    def count(self, method: str, route: str, status: int, begun: float) -> None:
        """One answer, begun at ``time.perf_counter()``."""
        seconds = time.perf_counter() - begun
        self.answers[method, route, status] += 1
        self.unavailable += status == AWAY
        held = self.routes[method, route]
        held.buckets[bisect_left(SECONDS, seconds)] += 1
        held.total += seconds

    def collect(self) -> Iterator[Metric]:
        answers = CounterMetricFamily("qinglian_requests", "Answers", labels=("method", "route", "status"))
        for (method, route, status), number in self.answers.items():
            answers.add_metric((method, route, str(status)), number)
        yield answers
        # Of all routes together, and from the start, so that an alarm hears of the first.
        yield CounterMetricFamily("qinglian_unavailable", "Answers of 503, whatever the route", self.unavailable)
        seconds = HistogramMetricFamily("qinglian_request_seconds", "To an answer's end", labels=("method", "route"))
        for labels, held in self.routes.items():
            below, buckets = 0, []
            for bound, number in zip((*map(str, SECONDS), "+Inf"), held.buckets, strict=True):
                below += number
                buckets.append((bound, float(below)))
            seconds.add_metric(labels, buckets, held.total)
        yield seconds


class Metrics:
    """A registry of its own for each application; ``text()`` is what Prometheus reads."""

    def __init__(self, database: DatabaseMetrics, free_bytes: Callable[[], float], version: str) -> None:
        self.registry = CollectorRegistry()
        self.requests = Requests()
        self.registry.register(self.requests)
        self.under_way = 0
        gauges: tuple[tuple[str, str, Callable[[], float]], ...] = (
            ("qinglian_requests_under_way", "Requests being answered now", lambda: self.under_way),
            ("qinglian_data_free_bytes", "Free on the disk of the data folder", free_bytes),
        )
        for name, words, value in gauges:
            Gauge(name, words, registry=self.registry).set_function(value)
        Gauge("qinglian_info", "The program", ("version",), registry=self.registry).labels(version).set(1)
        self.checks = Gauge("qinglian_check", "1 while it passes, else 0", ("check",), registry=self.registry)
        database.register(self.registry)
        self.registry.register(FAULTS)
        ProcessCollector(registry=self.registry)

    def tell(self, checks: Mapping[str, bool]) -> None:
        """How the checks of ``/readyz`` stand."""
        for name, passed in checks.items():
            self.checks.labels(name).set(passed)

    def text(self) -> bytes:
        return generate_latest(self.registry)
