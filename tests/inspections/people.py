"""More people than the small bureau has: inspectors to draw from, members with two posts."""

from typing import Any

from app.core.policy import Actor, Role, bound
from app.settings import Settings
from tests.world import Builder, World


def hire(app: Any, world: World, username: str, *grants: tuple[Role, str]) -> int:
    """An account with grants on units named, or on the whole bureau; its token works with ``as_``."""
    make = Builder(app.state.database, Settings())
    roles = frozenset({Role.SYSADMIN, Role.SECADMIN, Role.SUPERVISOR})
    actor = Actor(user_id=None, district_id=world.district, roles=roles)
    make.actor = Actor(user_id=None, district_id=world.district, roles=roles, binds=bound(actor))
    make.world = world
    return make.user(
        username,
        username,
        *((role, world.district if unit == "青川区教育局" else world.unit[unit]) for role, unit in grants),
    )
