"""What kinds of work there are: a registry that ``app.main`` fills; this folder knows no resource."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import OperationalError

from app.core.errors import Problem
from app.core.operation import Tx
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
    """``run(work)`` does it; done twice it must come to the same. ``give_up(work, why)`` tells those who wait, and
    ``again(tx, subject_id)`` takes that back where it is to be tried once more, 409 where it is no longer wanted.
    ``label``: what it is called. ``is_long``: it may take minutes, and nothing that is done in a moment waits for it.
    """

    run: Callable[[Work], None]
    give_up: Callable[[Work, str], None]
    label: str = ""
    again: Callable[[Tx, int], None] = lambda tx, subject_id: None
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class Loop:
    """What looks for its own work beside the queue, on threads of its own: ``turn(installation)`` does some of it, and
    says False where there was none."""

    turn: Callable[[Installation], bool]
    threads: int = 1
    pause_s: float = 0.5
    """Between one look that found nothing and the next."""


def passes(problem: Problem) -> bool:
    """It may be otherwise a moment later: a person is told to send it again, a job is tried again. So is what the
    database refused for another's lock, or to end a deadlock.
    """
    return problem.status >= 500 or problem.code == "lost_race" or isinstance(problem.__cause__, OperationalError)


KINDS: dict[str, Kind] = {}
LOOPS: dict[str, Loop] = {}


def label_of(name: str) -> str:
    """What a kind of work is called; one of an earlier release by its name."""
    return (KINDS[name].label if name in KINDS else "") or name


def long_kinds() -> list[str]:
    return [name for name, kind in KINDS.items() if kind.is_long]


def register(name: str, kind: Kind) -> None:
    assert name not in KINDS, f"{name} is registered twice"
    KINDS[name] = kind


def register_loop(name: str, loop: Loop) -> None:
    assert name not in LOOPS, f"{name} is registered twice"
    LOOPS[name] = loop
