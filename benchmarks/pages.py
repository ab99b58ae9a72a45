"""The ledger's page as HTML against the JSON of the same rows: chips with their counts, choices, badge and layout."""

import asyncio
from collections.abc import Iterator

from benchmarks.asgi import request
from benchmarks.measured import Measured, share, side_by_side
from benchmarks.run import Run
from web.main import create_app


def measure(run: Run, engine: str) -> Iterator[Measured]:
    stage = run.stage(engine)
    product = create_app(stage.settings, stage.database)
    newest = f"plan_id={stage.plan}"
    for account, scope, query in (("supervisor", "a plan", newest), ("school", "one school", newest)):
        token = stage.world.token[account]
        page = request(product, "/assignments", token, f"view=unit&sort=id&{query}")
        same = request(product, "/api/v1/assignments", token, f"sort=id&{query}")
        ours, theirs = asyncio.run(side_by_side(page, same, run.rounds, run.times(100)))
        yield Measured(
            benchmark="ledger page ÷ its JSON",
            database=engine,
            scope=scope,
            unit="ms",
            ours=ours.wall * 1000,
            theirs=theirs.wall * 1000,
            ratio=share(theirs.wall, ours.wall),
            cpu_ratio=share(theirs.cpu, ours.cpu),
            at_least=0.40,
            aim=0.70,
        )
