"""The ledger's page as HTML against what a program that shows the same would ask for as JSON.

That is the list, the figures of its plan (the chips), and the plans and units to choose from: four requests. What waits
for the reader (the badge) is kept in the process until something is written, and not asked for on the other side
either. The page against the list alone is told as well; it holds three more questions than that. Both as rows, and as
the page opens: by item.
"""

import asyncio
from collections.abc import Iterator

from benchmarks.asgi import request
from benchmarks.measured import Measured, share, side_by_side
from benchmarks.run import Run
from web.main import create_app

BESIDES = (("/plans", "limit=100"), ("/units", "limit=200"))


def measure(run: Run, engine: str) -> Iterator[Measured]:
    stage = run.stage(engine)
    product = create_app(stage.settings, stage.database)
    newest = f"plan_id={stage.plan}"
    for account, scope in (("supervisor", "a plan"), ("school", "one school")):
        token = stage.world.token[account]
        page = request(product, "/assignments", token, f"view=unit&sort=id&{newest}")
        opened = request(product, "/assignments", token, newest)
        rows = request(product, "/api/v1/assignments", token, f"sort=id&{newest}")
        besides = (*BESIDES, ("/dashboard", newest))
        others = [request(product, f"/api/v1{path}", token, query) for path, query in besides]

        async def everything(rows=rows, others=others) -> None:  # type: ignore[no-untyped-def]
            for call in (rows, *others):
                await call()

        for name, mine, same, at_least, aim in (
            ("ledger page ÷ all its JSON", page, everything, 0.40, 0.70),
            ("ledger page as it opens ÷ all its JSON", opened, everything, 0.40, 0.70),
            ("ledger page ÷ the list's JSON alone", page, rows, 0.10, None),
        ):
            ours, theirs = asyncio.run(side_by_side(mine, same, run.rounds, run.times(100)))
            yield Measured(
                benchmark=name,
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
