"""Double-random sampling (双随机): units and inspectors are drawn by one seed, so that anyone can repeat the draw.

``repeat(seed, frame)`` needs nothing but a draw's record: Python's own ``random.Random(seed)`` over the sorted
frame, first the units stratum by stratum in the order recorded, then the inspectors who are left.
"""

import random
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypedDict


class Stratum(TypedDict):
    """Units of one kind and the same stages; ``size`` of them are drawn."""

    key: str
    unit_ids: list[int]
    size: int


class Frame(TypedDict):
    group_id: int
    size: int
    inspector_unit_id: int
    team_size: int
    strata: list[Stratum]
    inspector_ids: list[int]
    conflicts: dict[str, list[int]]
    """Inspector's id → units of the frame that the inspector belongs to or is paired with."""
    left_out: list[int]
    """Units of the group that nobody here may inspect impartially."""


class Drawn(NamedTuple):
    unit_ids: list[int]
    user_ids: list[int]
    excused: list[int]
    """Inspectors left out because of a unit that was drawn."""


class Candidate(NamedTuple):
    """A unit of the frame: its id and what decides its stratum."""

    id: int
    kind: str
    stages: Sequence[str]


def new_seed() -> str:
    return secrets.token_hex(16)


def stratify(units: Iterable[Candidate], size: int) -> list[Stratum]:
    """Strata by kind and stages, ``size`` shared out in proportion (largest remainder, then order of the key)."""
    found: dict[str, list[int]] = {}
    for unit in units:
        key = "/".join([unit.kind, "+".join(sorted(unit.stages))]).rstrip("/")
        found.setdefault(key, []).append(unit.id)
    whole = sum(map(len, found.values()))
    assert 0 < size <= whole, "the caller checks the size"
    shares = {key: size * len(ids) / whole for key, ids in found.items()}
    sizes = {key: int(share) for key, share in shares.items()}
    by_remainder = sorted(found, key=lambda key: (sizes[key] - shares[key], key))
    for key in by_remainder[: size - sum(sizes.values())]:
        sizes[key] += 1
    return [Stratum(key=key, unit_ids=sorted(found[key]), size=sizes[key]) for key in sorted(found)]


def repeat(seed: str, frame: Mapping[str, Any]) -> Drawn:
    """The draw that this seed makes of this frame; with fewer inspectors left than the team, all of them."""
    # Repeatable by design: what nobody can foresee is the seed, which comes from ``secrets``.
    chance = random.Random(seed)
    units: list[int] = []
    for stratum in frame["strata"]:
        units += chance.sample(sorted(stratum["unit_ids"]), stratum["size"])
    drawn = set(units)
    conflicts = frame["conflicts"]
    excused = [user for user in sorted(frame["inspector_ids"]) if not drawn.isdisjoint(conflicts.get(str(user), ()))]
    left = [user for user in sorted(frame["inspector_ids"]) if user not in excused]
    team = chance.sample(left, min(frame["team_size"], len(left)))
    return Drawn(sorted(units), sorted(team), excused)
