"""Addresses and codes under the installation's own secret, and the key of a mail's own link."""

import hmac

from app.core.secrecy import Unreadable, decrypt, encrypt, keyed_hash
from app.settings import Settings

PURPOSE = "notice address"


def seal(settings: Settings, user_id: int, text: str) -> bytes:
    return encrypt(settings.secret, PURPOSE, str(user_id), text)


def opened(settings: Settings, user_id: int, sealed: bytes | None) -> str | None:
    """None too for what was sealed under another secret: it can be given anew."""
    if sealed is None:
        return None
    try:
        return decrypt(settings.secret, PURPOSE, str(user_id), sealed)
    except Unreadable:
        return None


def unsubscribe_key(settings: Settings, choice_id: int) -> str:
    """Made from the secret, so that it stands nowhere; it can do nothing but end the mails."""
    return f"{choice_id}-{keyed_hash(settings.secret, 'unsubscribe', str(choice_id))}"


def choice_of_key(settings: Settings, key: str) -> int | None:
    number = key.partition("-")[0]
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        return None
    right = unsubscribe_key(settings, int(number))
    return int(number) if hmac.compare_digest(right.encode(), key.encode()) else None
