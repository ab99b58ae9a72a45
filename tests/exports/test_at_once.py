"""How many workbooks one person may wait for holds at the same moment too, over two instances (promise 16)."""

from collections import Counter

import httpx

from app.exports.operations import MOST_WAITING
from tests.at_once import AT_ONCE, at_once
from tests.conftest import As
from tests.generated.test_workflows import Hall
from tests.generated.test_workflows import hall as hall  # the fixture
from tests.walk.steps import API, ok
from tests.world import World

EXPORTS = f"{API}/exports"


def test_of_many_at_once_exactly_as_many_as_are_allowed_pass(hall: Hall, as_: As, world: World) -> None:
    async def ask(client: httpx.AsyncClient, n: int) -> httpx.Response:
        return await client.post(EXPORTS, json={"list": "units"}, headers={"idempotency-key": f"export-{n}"})

    answers = at_once(hall.apps, world.token["school"], ask)
    codes = Counter(answer.json().get("code") for answer in answers)
    assert codes == {None: MOST_WAITING, "too_many_exports": AT_ONCE - MOST_WAITING}
    assert len(ok(as_("school").get(EXPORTS))["data"]) == MOST_WAITING
    # Another person's are counted by themselves.
    assert as_("office").post(EXPORTS, json={"list": "units"}).status_code == 202
