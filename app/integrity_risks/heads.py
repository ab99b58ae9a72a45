"""Who heads a unit: 第一责任人, first responsible for its integrity risks."""

from collections.abc import Collection

from app.appointments.holders import readable, standing
from app.core.operation import Reader


def readable_heads(see: Reader, unit_ids: Collection[int]) -> dict[int, str]:
    """Unit → its head's name, as far as the actor may read."""
    return {unit_id: held.first.name for unit_id, held in readable(see, unit_ids).items() if held.first is not None}


def head_of(see: Reader, unit_id: int) -> str | None:
    """The same of one unit, whoever asks: to be written into a row of that unit."""
    first = standing(see, unit_id).first
    return first and first.name
