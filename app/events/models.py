"""What an event shows; the table is ``app.core.audit``'s."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from app.core.audit import Outcome
from app.core.models import ReadBase


class EventRead(ReadBase):
    """Values that are free text stand as ``{"length", "sha256"}``."""

    at: datetime
    user_id: int | None
    user_name: str | None
    token_id: int | None
    operation: str
    resource: str
    resource_id: int | None
    outcome: Outcome
    code: str | None
    request_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: dict[str, Any] | None


class CheckRead(BaseModel):
    """What a walk of the district's chain found."""

    ok: bool
    events: int
    archived: int
    unproven: int
    """Of the archived, those that nothing but the log says were: no signature of this installation stands for them."""
    seals: int
    restores: int
    """How often the log was brought back from a backup: each is an event (`audit.restore`), and what was recorded
    between the backup and it is not in the log."""
    fault: str | None
