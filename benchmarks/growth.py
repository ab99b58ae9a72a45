"""The same answer over a million rows and over 10,000, in turns: cost must follow the page, not the table.

``ours`` is the large stage's, ``theirs`` the small one's.
"""

import asyncio
from collections.abc import Iterator
from urllib.parse import quote

from benchmarks.asgi import request
from benchmarks.measured import Measured, share, side_by_side
from benchmarks.run import Run
from benchmarks.stage import NEWEST, Stage
from web.main import create_app

MANY = "an office of one item in twenty"
"""Of 4 items in the small stage, of 400 in the large one: each is looked at (docs/decisions/0033)."""
MORE = {
    ("list", MANY): 4.0,
    ("list by deadline", MANY): 4.0,
    # A plan of 40,000 rows beside one of 10,000.
    ("list of the oldest plan", "district"): 5.0,
    ("ledger page of the oldest plan", "district"): 5.0,
    # Five times as many rows wait.
    ("what waits", "district"): 6.0,
    # In a hundred times as many items' titles.
    ("a word that nothing bears", "district"): 4.0,
}
"""Where the large stage holds more of what is asked for, and so many times the time is allowed."""
LIST = "/api/v1/assignments"
ASKED = (
    ("list", "district", "supervisor", LIST, ""),
    ("list by deadline", "district", "supervisor", LIST, "sort=deadline"),
    ("list", "one school", "school", LIST, ""),
    ("list by deadline", "one school", "school", LIST, "sort=deadline"),
    ("list by change", "one school", "school", LIST, "sort=updated_at"),
    ("list", MANY, "office", LIST, ""),
    ("list by deadline", MANY, "office", LIST, "sort=deadline"),
    ("list", "an office of one item", "few", LIST, ""),
    ("list by deadline", "an office of one item", "few", LIST, "sort=deadline"),
    ("list", "an office without items", "education", LIST, ""),
    ("list by deadline", "an office without items", "education", LIST, "sort=deadline"),
    ("list by change", "an office without items", "education", LIST, "sort=updated_at"),
    ("list of a plan", "district", "supervisor", LIST, "plan_id={plan}&sort=deadline"),
    ("ledger page of a plan", "district", "supervisor", "/assignments", "view=unit&plan_id={plan}"),
    ("ledger page by item", "district", "supervisor", "/assignments", "plan_id={plan}"),
    ("list of a plan with its count", "district", "supervisor", LIST, "plan_id={plan}&count=true"),
    ("list of the oldest plan", "district", "supervisor", LIST, "plan_id={oldest}"),
    ("what is overdue of the oldest plan", "district", "supervisor", LIST, "plan_id={oldest}&lamp=red&sort=deadline"),
    ("what is submitted", "district", "supervisor", LIST, "state=submitted&sort=deadline"),
    ("what is overdue", "district", "supervisor", LIST, "lamp=red&sort=deadline"),
    ("a word that nothing bears", "district", "supervisor", LIST, f"q={quote('无此一词')}"),
    ("ledger page of the oldest plan", "district", "supervisor", "/assignments", "view=unit&plan_id={oldest}"),
    ("dashboard of a plan", "district", "supervisor", "/api/v1/dashboard", "plan_id={plan}"),
    ("what waits", "district", "supervisor", "/api/v1/my-work", ""),
    ("what waits", "one school", "school", "/api/v1/my-work", ""),
    ("search", "district", "supervisor", "/search", f"q={quote('自查')}"),
)


def measure(run: Run, engine: str) -> Iterator[Measured]:
    large, small = run.stage(engine), run.stages.get(engine, NEWEST)
    oldest = {stage.rows: stage.oldest for stage in (large, small)}
    apps = [create_app(stage.settings, stage.database) for stage in (large, small)]

    for name, scope, account, path, query in ASKED:

        def call(stage: Stage, app: object, path: str = path, query: str = query, account: str = account) -> object:
            return request(
                app, path, stage.world.token[account], query.format(plan=stage.plan, oldest=oldest[stage.rows])
            )

        calls = [call(stage, app) for stage, app in zip((large, small), apps, strict=True)]
        slow = path != LIST or "q=" in query
        ours, theirs = asyncio.run(side_by_side(calls[0], calls[1], run.rounds, run.times(20 if slow else 100)))  # type: ignore[arg-type]
        yield Measured(
            benchmark=f"{name}: {run.rows:,} rows ÷ {NEWEST:,}",
            database=engine,
            scope=scope,
            unit="ms",
            ours=ours.wall * 1000,
            theirs=theirs.wall * 1000,
            ratio=share(ours.wall, theirs.wall),
            cpu_ratio=share(ours.cpu, theirs.cpu),
            at_least=MORE.get((name, scope), 2.0),
            aim=1.2,
            lower=True,
        )
