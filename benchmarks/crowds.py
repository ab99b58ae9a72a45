"""Many clients on real servers: how evenly they are served, and what a step costs beside a request that does nothing.

``steps``: 32 clients complete assignments (a step, its event, the row's whole answer) and, in turns, post to a route
like the others that does nothing. ``clients``: 100 clients read and write as people do. ``instances``: the steps on
one and on two servers over one PostgreSQL. A round in which the empty POST itself is served unevenly is noise: it is
left out, and where none is left the line says so.
"""

import random
import statistics
from collections import Counter
from collections.abc import Iterator
from itertools import islice, repeat

import sqlalchemy as sa

from benchmarks import bare_step
from benchmarks.measured import NOISE, Measured, share
from benchmarks.run import Run
from benchmarks.serving import EMPTY, Crowd, Request, Server, crowd, server
from benchmarks.stage import Stage

STEPPERS, PEOPLE = 32, 100
MIX = {"list": 40, "own list": 20, "one": 20, "my work": 10, "urge": 10}
"""Of a hundred requests: reads, and one write in ten."""


def empties(stage: Stage, times: int) -> Iterator[Request]:
    return repeat(Request("POST", EMPTY, stage.world.token["supervisor"]), times)


def completions(stage: Stage, ids: list[int]) -> Iterator[Request]:
    token = stage.world.token["supervisor"]
    return (Request("POST", f"/api/v1/assignments/{row}/complete", token) for row in ids)


def expect(met: Crowd) -> Crowd:
    assert not met.failed, f"{len(met.failed)} of {len(met.taken)} failed, the first: {met.failed[0]}"
    return met


def noisy(met: Crowd) -> bool:
    return met.p99 > NOISE * met.p50


def steps(run: Run, engine: str) -> Iterator[Measured]:
    """A step with its event ÷ its statements by the bare driver, and ÷ an empty POST with login."""
    stage, times = run.stage(engine), run.times(400)
    ids = iter(stage.ids("submitted", 2 + times * 2 * (run.rounds + 1)))
    kept = bare_step.keep(stage, (next(ids), next(ids)), stage.settings.data / "step.pickle")
    rounds = []
    with server(stage.settings) as one, server(stage.settings, app="benchmarks.bare_step", more=kept) as other:
        for number in range(run.rounds + 1):
            empty = expect(crowd([one], STEPPERS, empties(stage, times * 2)))
            step = expect(crowd([one], STEPPERS, completions(stage, list(islice(ids, times)))))
            replayed = (Request("POST", f"/steps/{row}", "") for row in islice(ids, times))
            bare = expect(crowd([other], STEPPERS, replayed))
            if number:
                rounds.append((empty, step, bare))
    quiet = [each for each in rounds if not noisy(each[0])]
    kept_rounds = quiet or rounds
    # Of the empty POST a floor alone (docs/decisions/0032): its own statements by themselves reach hardly more.
    for name, least, aim, of in (
        ("bare driver in FastAPI", 0.45, 0.70, 2),
        ("empty POST", 0.2, None, 0),
    ):
        pairs = [(each[1], each[of]) for each in kept_rounds]
        yield Measured(
            benchmark=f"step with its event ÷ {name}, {STEPPERS} clients",
            database=engine,
            scope="supervisor",
            unit="1/s",
            ours=statistics.median(step.rate for step, _ in pairs),
            theirs=statistics.median(other.rate for _, other in pairs),
            ratio=statistics.median(share(step.rate, other.rate) for step, other in pairs),
            cpu_ratio=statistics.median(share(other.cpu_each, step.cpu_each) for step, other in pairs),
            at_least=least,
            aim=aim,
            noisy=not quiet,
        )


def clients(run: Run, engine: str) -> Iterator[Measured]:
    """p99 ÷ p50 of 100 clients, reads with some writes, no error."""
    stage, times = run.stage(engine), run.times(4000)
    chance = random.Random(1)
    with server(stage.settings) as one:
        rounds = []
        for number in range(run.rounds + 1):
            empty = expect(crowd([one], PEOPLE, empties(stage, times)))
            people = expect(crowd([one], PEOPLE, _people(stage, times, chance)))
            if number:
                rounds.append((empty, people))
    quiet = [people for empty, people in rounds if not noisy(empty)]
    kept = quiet or [people for _, people in rounds]
    yield Measured(
        benchmark=f"p99 ÷ p50 of {PEOPLE} clients, reads with some writes",
        database=engine,
        scope="district and school",
        unit="ms",
        ours=statistics.median(met.p99 for met in kept) * 1000,
        theirs=statistics.median(met.p50 for met in kept) * 1000,
        ratio=statistics.median(share(met.p99, met.p50) for met in kept),
        at_least=3,
        aim=2,
        lower=True,
        noisy=not quiet,
    )


def _people(stage: Stage, times: int, chance: random.Random) -> Iterator[Request]:
    supervisor, school = stage.world.token["supervisor"], stage.world.token["school"]
    pending = stage.ids("pending", 2000)
    kinds = chance.choices(list(MIX), list(MIX.values()), k=times)
    for kind in kinds:
        row = f"/api/v1/assignments/{chance.choice(pending)}"
        yield {
            "list": Request("GET", "/api/v1/assignments", supervisor),
            "own list": Request("GET", "/api/v1/assignments", school),
            "one": Request("GET", row, supervisor),
            "my work": Request("GET", "/api/v1/my-work", school),
            "urge": Request("POST", f"{row}/urgings", supervisor, b'{"level": 1}'),
        }[kind]


def instances(run: Run, engine: str) -> Iterator[Measured]:
    """Two servers over one PostgreSQL against one: steps a second, and every step exactly once."""
    if engine != "postgresql":
        return
    stage, times = run.stage(engine), run.times(600)
    ids = iter(stage.ids("submitted", times * 2 * (run.rounds + 1)))
    done: list[int] = []
    pairs = []
    with server(stage.settings) as first, server(stage.settings) as second:
        for number in range(run.rounds + 1):
            pair = []
            for servers in ([first], [first, second]):
                mine = [next(ids) for _ in range(times)]
                done += mine
                pair.append(expect(crowd(servers, STEPPERS, completions(stage, mine))))
            if number:
                pairs.append(pair)
        _once_each(stage, done)
        _seen_at_once(stage, first, second)
    yield Measured(
        benchmark=f"steps on two servers ÷ one, {STEPPERS} clients",
        database=engine,
        scope="supervisor",
        unit="1/s",
        ours=statistics.median(two.rate for _, two in pairs),
        theirs=statistics.median(one.rate for one, _ in pairs),
        ratio=statistics.median(share(two.rate, one.rate) for one, two in pairs),
        cpu_ratio=statistics.median(share(one.cpu / len(one.taken), two.cpu / len(two.taken)) for one, two in pairs),
        at_least=1.0,
    )


def _once_each(stage: Stage, ids: list[int]) -> None:
    """Each row is complete, by exactly one event."""
    events = sa.text(
        "SELECT e.resource_id, COUNT(*) FROM event e JOIN assignment a ON a.id = e.resource_id"
        " WHERE a.state = 'completed' AND e.resource = 'assignment' AND e.operation = 'assignment.complete'"
        " GROUP BY e.resource_id"
    )
    with stage.database.reader.connect() as connection:
        told = Counter({row_id: count for row_id, count in connection.execute(events)})
    wrong = [row_id for row_id in ids if told[row_id] != 1]
    assert not wrong, f"{len(wrong)} of {len(ids)} steps are not there exactly once"


def _seen_at_once(stage: Stage, first: Server, second: Server) -> None:
    """What one server wrote, the other reads in the next request: a lost race is told as one."""
    [row_id] = stage.ids("submitted", 1)
    expect(crowd([first], 1, completions(stage, [row_id])))
    again = crowd([second], 1, completions(stage, [row_id]))
    assert len(again.failed) == 1 and ": 409 " in again.failed[0], again.failed
