"""Every write to robots but that of a worker: ``working``."""

import secrets

import sqlalchemy as sa

from app.core.audit import record
from app.core.errors import invalid
from app.core.operation import Tx, operation
from app.core.policy import Role, require
from app.core.secrecy import encrypt
from app.core.validation import refuse_emptied
from app.core.workflow import changing
from app.jobs import queue
from app.robots.models import MESSAGE, MessageState, Robot, RobotCreate, RobotKind, RobotPatch, Why
from app.robots.rules import WORKFLOW
from app.settings import Settings
from app.units.operations import unit_of_district
from app.webhooks.addresses import check_url, target_of
from app.webhooks.sight import check_unit

SEND = "robots.send"
PURPOSE = "robot"
TEST = "test-"


def host_of(settings: Settings, url: str) -> str:
    """422 at ``url`` for any other than the robots' own hosts."""
    allowed = [each.strip().lower() for each in settings.robot_hosts.split(",") if each.strip()]
    host = target_of(url).host
    if host not in allowed:
        raise invalid("url", f"群机器人的地址须在这些主机上：{'、'.join(allowed)}")
    check_url(url, settings.webhook_ranges)
    return host


@operation("robot.create")
def create(tx: Tx, given: RobotCreate) -> int:
    require(tx.actor, Role.SECADMIN)
    check_unit(unit_of_district(tx, given.unit_id))
    _check_secret(given.kind, given.secret)
    row = tx.add(
        Robot(
            **given.model_dump(include={"name", "unit_id", "kind"}),
            host=host_of(tx.settings, given.url),
            sealed_url=_sealed(tx, given.unit_id, given.url),
            sealed_secret=_sealed(tx, given.unit_id, given.secret) if given.secret else None,
        )
    )
    assert row.id is not None
    return row.id


@operation("robot.edit")
def edit(tx: Tx, robot_id: int, given: RobotPatch, version: int | None = None) -> int:
    robot = changing(tx, Robot, WORKFLOW.guard(tx, robot_id, "edit"), version)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, "name")
    robot.name = changes.get("name", robot.name)
    if given.url is not None:
        robot.host, robot.sealed_url = host_of(tx.settings, given.url), _sealed(tx, robot.unit_id, given.url)
    if given.secret is not None:
        _check_secret(robot.kind, given.secret)
        robot.sealed_secret = _sealed(tx, robot.unit_id, given.secret)
    tx.session.flush()
    return robot_id


def _check_secret(kind: RobotKind, secret: str | None) -> None:
    if secret is not None and kind != RobotKind.DINGTALK:
        raise invalid("secret", "只有钉钉的机器人有加签密钥，企业微信的请留空")


def _sealed(tx: Tx, unit_id: int, text: str) -> bytes:
    return encrypt(tx.settings.secret, PURPOSE, str(unit_id), text)


@operation("robot.test")
def test(tx: Tx, robot_id: int, note: str | None = None) -> int:
    """Put in a message that says no more than that it is one."""
    row = WORKFLOW.guard(tx, robot_id, "test", note)
    values = {"district_id": row.district_id, "robot_id": robot_id, "period": f"{TEST}{secrets.token_hex(8)}"}
    values |= {"state": MessageState.WAITING, "created_at": tx.now}
    message_id = tx.connection.execute(sa.insert(MESSAGE).values(values).returning(MESSAGE.c.id)).scalar_one()
    queue.put(tx.connection, SEND, message_id, tx.now, district_id=row.district_id)
    record(tx, "robot", robot_id, reason=note)
    return robot_id


@operation("robot.disable")
def disable(tx: Tx, robot_id: int, note: str | None = None) -> int:
    row = WORKFLOW.guard(tx, robot_id, "disable", note)
    WORKFLOW.step(tx, row, "disable", note, why=Why.BY_HAND)
    return robot_id


@operation("robot.enable")
def enable(tx: Tx, robot_id: int, note: str | None = None) -> int:
    row = WORKFLOW.guard(tx, robot_id, "enable", note)
    WORKFLOW.step(tx, row, "enable", note, why=None)
    return robot_id
