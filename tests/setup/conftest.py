"""A bureau that was founded a moment ago, as `qinglian init` founds it, beside those of the small world."""

from dataclasses import dataclass, field

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core.operation import Tx
from app.core.policy import SYSTEM
from app.identity.founding import Administrator, BureauCreate, found
from app.installation import Installation
from app.settings import Settings
from app.setup import operations as setup
from tests.walk.steps import API, ok

OWN = "a-long-one-of-his-26"
PERSONS = {"sysadmin": "周岚", "secadmin": "吴越", "auditor": "郑平"}


@dataclass
class Fresh:
    """``fresh.browser("sysadmin")``: logged in by the one-time password, with a password of one's own since."""

    client: TestClient
    passwords: dict[str, str]
    browsers: dict[str, TestClient] = field(default_factory=dict)

    def log_in(self, duty: str, password: str) -> TestClient:
        """Whoever tries that password; the answer is looked at by ``entered``."""
        other = TestClient(self.client.app, base_url="http://testserver", follow_redirects=False)
        other.portal = self.client.portal
        answer = other.post(f"{API}/sessions", json={"username": f"bp-{duty}", "password": password})
        if answer.status_code == 201:
            other.headers["x-csrf-token"] = answer.json()["csrf_token"]
        return other

    def entered(self, duty: str, password: str) -> bool:
        return "x-csrf-token" in self.log_in(duty, password).headers

    def browser(self, duty: str = "sysadmin", password: str = "") -> TestClient:
        if duty not in self.browsers:
            first = password or self.passwords[duty]
            made = self.log_in(duty, first)
            ok(made.post(f"{API}/me/password", json={"old_password": first, "new_password": OWN}), 204)
            self.browsers[duty] = made
        return self.browsers[duty]

    def named(self) -> TestClient:
        """The system administrator, after the three were named."""
        named = ok(self.browser().post(f"{API}/setup/administrators", json=PERSONS))["data"]
        self.passwords |= {each["role"]: each["one_time_password"] for each in named if each["one_time_password"]}
        return self.browser()

    def enabled(self) -> TestClient:
        ok(self.named().post(f"{API}/setup/enable"))
        return self.browser()


@pytest.fixture
def fresh(app: FastAPI, client: TestClient, settings: Settings) -> Fresh:
    def begin(tx: Tx) -> list[Administrator]:
        made = found(tx, BureauCreate(bureau="北坪区教育局", code="BP"))
        setup.begin(tx)
        return made

    made = Installation(settings, app.state.database).perform(SYSTEM, begin)
    return Fresh(client, {each.username.removeprefix("bp-"): each.password for each in made})
