"""How many long tables one person may have under way, also at the same moment and over two instances (promise 16)."""

from collections import Counter
from collections.abc import Callable

import httpx

from app.imports.operations import MOST_BUSY
from tests.at_once import AT_ONCE, at_once
from tests.conftest import As
from tests.generated.test_workflows import Hall
from tests.generated.test_workflows import hall as hall  # the fixture
from tests.imports.long import few as few
from tests.imports.long import table
from tests.imports.tables import IMPORTS, send
from tests.walk.steps import ok
from tests.workers import work as work
from tests.world import World

UNDER_WAY = f"您已有 {MOST_BUSY} 份表格在后台核对、写入或撤销，请等其中一份完成后再办理"


def test_of_many_at_once_exactly_as_many_as_are_allowed_pass(hall: Hall, as_: As, world: World) -> None:
    content = table(5)

    async def upload(client: httpx.AsyncClient, n: int) -> httpx.Response:
        sent = {"data": {"resource": "units"}, "headers": {"idempotency-key": f"import-{n}"}}
        return await client.post(IMPORTS, **sent, files={"file": ("表.csv", content)})  # type: ignore[arg-type]

    answers = at_once(hall.apps, world.token["sysadmin"], upload)
    codes = Counter(answer.json().get("code") for answer in answers)
    assert codes == {None: MOST_BUSY, "too_many_imports": AT_ONCE - MOST_BUSY}
    assert len(ok(as_("sysadmin").get(IMPORTS))["data"]) == MOST_BUSY


def test_whoever_has_as_many_under_way_waits_for_one_of_them(as_: As, work: Callable[[], int]) -> None:
    client = as_("sysadmin")
    first = ok(send(client, table(5)), 202)
    work()
    for _ in range(MOST_BUSY):
        ok(send(client, table(5)), 202)
    refused = send(client, table(5))
    assert (refused.status_code, refused.json()["detail"]) == (409, UNDER_WAY)
    commit = f"{IMPORTS}/{first['id']}/commit"
    assert client.post(commit).json()["code"] == "too_many_imports"
    # A short table is nobody's burden, and another's are not counted.
    ok(send(client, table(2)), 201)
    work()
    assert ok(client.post(commit), 202)["busy"] == "committing"
