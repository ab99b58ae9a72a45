"""What an event of the log itself says, signed like a head with the installation's key: the log's own word would be
anybody's who can write the database.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.core.seal import as_kept, text_of

SIGNATURE = "signature"


def signed(key: Ed25519PrivateKey, operation: str, district_id: int, told: dict[str, Any]) -> dict[str, Any]:
    """What the event is to say, with its signature."""
    signature = key.sign(_text(operation, district_id, as_kept(told) or {}))
    return {**told, SIGNATURE: base64.b64encode(signature).decode()}


def is_signed(public: bytes | None, operation: str, district_id: int, told: Mapping[str, Any]) -> bool:
    """Whether all that an event says was signed by the key with this public half."""
    if public is None or SIGNATURE not in told:
        return False
    try:
        signature = base64.b64decode(told[SIGNATURE])
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _text(operation, district_id, told))
    except (InvalidSignature, binascii.Error, ValueError, TypeError):
        return False
    return True


def _text(operation: str, district_id: int, told: Mapping[str, Any]) -> bytes:
    said = {name: value for name, value in told.items() if name != SIGNATURE}
    return text_of([operation, district_id, said]).encode()
