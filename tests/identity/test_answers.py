"""What sessions, accounts and tokens answer is what OpenAPI says of it: also what a generated request never gets."""

from pydantic import TypeAdapter
from starlette.testclient import TestClient

from app.identity import models
from tests.conftest import As
from tests.identity.test_second_factor import code_of
from tests.walk.steps import ok
from tests.world import PASSWORD, World

API = "/api/v1"


def test_every_answer_has_its_fields_and_no_others(client: TestClient, as_: As, browse: As, world: World) -> None:
    person, keeper, guard = browse("school"), as_("sysadmin"), as_("secadmin")
    opened = client.post(f"{API}/sessions", json={"username": "school", "password": PASSWORD})
    begun = person.post(f"{API}/me/second-factor", json={"password": PASSWORD})
    confirmed = person.post(f"{API}/me/second-factor/confirm", json={"code": code_of(begun.json()["secret"])})
    made = keeper.post(f"{API}/users", json={"username": "newcomer", "name": "新同事"})
    user = f"{API}/users/{made.json()['id']}"
    given = guard.post(f"{user}/role-grants", json={"role": "school", "unit_id": world.unit["实验小学"]})
    issued = person.post(f"{API}/api-tokens", json={"name": "抄送", "scopes": ["units:read"], "days": 3})
    told = {
        models.SessionOpened: (opened, 201),
        models.Me: (person.get(f"{API}/me"), 200),
        models.OwnSessions: (person.get(f"{API}/me/sessions"), 200),
        models.SecondFactorBegun: (begun, 201),
        models.RecoveryCodes: (confirmed, 200),
        models.SecondFactorRead: (person.get(f"{API}/me/second-factor"), 200),
        models.UserIssued: (made, 201),
        models.UserRead: (guard.get(user), 200),
        models.GrantRead: (given, 201),
        models.TokenIssued: (issued, 201),
        models.TokenRead: (person.post(f"{API}/api-tokens/{issued.json()['id']}/revoke"), 200),
    }
    for model, (answer, status) in told.items():
        TypeAdapter(model).validate_python(ok(answer, status), by_name=True)
        assert answer.json().keys() == model.model_fields.keys(), model.__name__
    listed = ok(guard.get(f"{API}/users?q=newcomer"))["data"]
    assert [models.UserRow.model_validate(row).roles[0].unit_name for row in listed] == ["实验小学"]
