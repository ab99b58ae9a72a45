"""What a POST of the API acts on: rows, each made when asked for, in the state in which the request succeeds."""

from typing import Any

from sqlalchemy import select
from starlette.testclient import TestClient

from app.core.calendar import now
from app.core.operation import Tx
from app.identity.models import SecondFactor
from app.setup.models import SETUP, Setup
from tests.conftest import As
from tests.generated import scenario
from tests.generated.routes import API
from tests.generated.rows import MAKE, proof
from tests.generated.test_workflows import Hall
from tests.inspections.test_draw import sample
from tests.plans.test_import import as_docx
from tests.stock import day
from tests.walk.plan_text import PLAN
from tests.walk.steps import import_plan
from tests.world import PASSWORD, World

PERSONS = {"sysadmin": "周岚", "secadmin": "吴越", "auditor": "郑平"}
TABLE = [["序号", "重点任务", "责任单位"], ["1", "排查风险", "督查室"]]


class Stage:
    def __init__(self, hall: Hall, as_: As, world: World) -> None:
        self.hall, self.as_, self.world = hall, as_, world
        self.stock = hall.stock
        self.made = scenario.build(as_, world)
        self.sessions: dict[str, dict[str, str]] = {}

    def nobody(self) -> TestClient:
        """A client that shows nothing of itself."""
        client = self.as_("school")
        del client.headers["authorization"]
        return client

    def session(self, account: str) -> dict[str, str]:
        """The headers of a browser in which the account has logged in."""
        if account not in self.sessions:
            answer = self.nobody().post(f"{API}/sessions", json={"username": account, "password": PASSWORD})
            assert answer.status_code == 201, answer.text
            cookie = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
            self.sessions[account] = {"cookie": cookie, "x-csrf-token": answer.json()["csrf_token"]}
        return self.sessions[account]

    def evidence(self) -> int:
        made = proof(self.stock, "assignments", self.task())
        return made

    def task(self) -> int:
        return MAKE["assignment"](self.stock, "in_progress")

    def carried(self) -> tuple[int, dict[str, Any]]:
        """A round, and what stands from one before it."""
        risk = MAKE["integrity_risk"](self.stock, "controlled")
        return MAKE["risk_round"](self.stock, "open"), {"risk_ids": [risk]}

    def drawn(self) -> int:
        body = {"title": "双随机", "mode": "announced", "kind": "routine", "sample": sample(self.world)}
        body |= {"starts_on": day(0).isoformat(), "ends_on": day(7).isoformat()}
        answer = self.as_("supervisor").post(f"{API}/inspections", json=body)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def with_factor(self, account: str) -> int:
        user_id = self.world.user[account]
        self.stock.add(SecondFactor, user_id=user_id, sealed=b"-", begun_at=now(), confirmed_at=now())
        return user_id

    def draft(self, year: str) -> dict[str, Any]:
        return import_plan(self.as_("supervisor"), PLAN.replace("2026", year))

    def setting_up(self) -> None:
        """The bureau's first setup goes on, or does so again."""

        def begin(tx: Tx) -> None:
            mine = tx.session.scalars(select(Setup).where(SETUP.c.district_id == self.world.district)).one_or_none()
            setup = mine or tx.add(Setup(district_id=self.world.district))
            setup.enabled_at = None

        self.stock.do(begin)

    def named(self) -> None:
        """The three are persons."""
        self.setting_up()
        answer = self.as_("sysadmin").post(f"{API}/setup/administrators", json=PERSONS)
        assert answer.status_code == 200, answer.text

    def listed(self) -> int:
        answer = self.as_("sysadmin").post(f"{API}/imports", **table_of("units"))
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def people(self) -> int:
        file = {"file": ("人员.csv", "账号,姓名\nzhangsan,张三\n".encode())}
        sent = {"data": {"resource": "users", "mode": "commit"}, "files": file}
        answer = self.as_("sysadmin").post(f"{API}/imports", **sent)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def with_table(self) -> int:
        file = {"file": ("表.docx", as_docx(table=TABLE))}
        answer = self.as_("supervisor").post(f"{API}/plans/import", files=file)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])


def table_of(resource: str) -> dict[str, Any]:
    table = "单位名称,类别\n旭日小学,学样\n".encode()
    return {"data": {"resource": resource, "mode": "preview"}, "files": {"file": ("名录.csv", table)}}
