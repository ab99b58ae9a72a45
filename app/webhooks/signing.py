"""A message as it is sent: the body of few words, signed as Standard Webhooks want it."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pydantic_core

from app.webhooks.subjects import SUBJECTS

PREFIX = "whsec_"
TEST = "webhook.test"
API = "/api/v1"


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(of: Sequence[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """``of``: the secrets that are good now; a receiver takes the message when any one signature is right."""
    timestamp = str(int(at.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signature(each, message_id, timestamp, body) for each in of),
    }


def body_of(delivery: Any) -> bytes:
    """What happened to which row, and where to read it: no text, no name. The same bytes at every try.

    Of a bulk write ``id`` is null and ``href`` the list of what changed since.
    """
    data: dict[str, Any] = {}
    if delivery.resource is not None:
        noun = SUBJECTS[delivery.resource].noun
        data = {"resource": noun, "id": delivery.resource_id, "href": href_of(delivery, noun)}
        data["version"] = delivery.resource_version
    return pydantic_core.to_json({"type": delivery.type, "timestamp": instant(delivery.happened_at), "data": data})


def href_of(delivery: Any, noun: str) -> str:
    if delivery.resource_id is not None:
        return f"{API}/{noun}/{delivery.resource_id}"
    return f"{API}/{noun}?updated_since={instant(delivery.happened_at)}"


def instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
