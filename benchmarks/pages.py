"""The ledger's page as HTML against what a program that shows the same would ask for as JSON.

That is the list, the figures of its plan (the chips), what waits for the reader (the badge), and the plans and units to
choose from: five requests. The page against the list alone is told as well; it holds four more questions than that.
"""

import asyncio
from collections.abc import Iterator

from benchmarks.asgi import request
from benchmarks.measured import Measured, share, side_by_side
from benchmarks.run import Run
from web.main import create_app

BESIDES = (("/my-work", ""), ("/plans", "limit=100"), ("/units", "limit=200"))


def measure(run: Run, engine: str) -> Iterator[Measured]:
    stage = run.stage(engine)
    product = create_app(stage.settings, stage.database)
    newest = f"plan_id={stage.plan}"
    for account, scope in (("supervisor", "a plan"), ("school", "one school")):
        token = stage.world.token[account]
        page = request(product, "/assignments", token, f"view=unit&sort=id&{newest}")
        rows = request(product, "/api/v1/assignments", token, f"sort=id&{newest}")
        besides = (*BESIDES, ("/dashboard", newest))
        others = [request(product, f"/api/v1{path}", token, query) for path, query in besides]

        async def everything(rows=rows, others=others) -> None:  # type: ignore[no-untyped-def]
            for call in (rows, *others):
                await call()

        for name, same, at_least, aim in (
            ("all its JSON", everything, 0.40, 0.70),
            ("the list's JSON alone", rows, 0.10, None),
        ):
            ours, theirs = asyncio.run(side_by_side(page, same, run.rounds, run.times(100)))
            yield Measured(
                benchmark=f"ledger page ÷ {name}",
                database=engine,
                scope=scope,
                unit="ms",
                ours=ours.wall * 1000,
                theirs=theirs.wall * 1000,
                ratio=share(theirs.wall, ours.wall),
                cpu_ratio=share(theirs.cpu, ours.cpu),
                at_least=at_least,
                aim=aim,
            )
