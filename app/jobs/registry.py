"""What kinds of work there are: a registry that ``app.main`` fills; this folder knows no resource."""

from collections.abc import Callable
from dataclasses import dataclass

from app.core.policy import Actor
from app.installation import Installation


@dataclass(frozen=True, slots=True)
class Work:
    """One job under way: where, by whose right, and the row it is about."""

    installation: Installation
    actor: Actor
    subject_id: int


@dataclass(frozen=True, slots=True)
class Kind:
    """``run(work)`` does it; done twice it must come to the same. ``give_up(work, why)`` tells those who wait."""

    run: Callable[[Work], None]
    give_up: Callable[[Work, str], None]


KINDS: dict[str, Kind] = {}


def register(name: str, kind: Kind) -> None:
    assert name not in KINDS, f"{name} is registered twice"
    KINDS[name] = kind
