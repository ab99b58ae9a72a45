"""What the database may hold only under the installation's secret, which is kept outside of it.

Hashes that nobody can try values against without the secret, and texts that nobody can read without it: a dump of
the database alone reveals neither. Each use has a key of its own, derived from the secret by its purpose.
"""

import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12


class Unreadable(Exception):
    """Sealed under another secret, for another purpose or row, or damaged."""


def _derived(secret: str, purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=f"qinglian {purpose}".encode()).derive(secret.encode())


_key = lru_cache(maxsize=64)(_derived)


def keyed_hash(secret: str, purpose: str, value: str) -> str:
    """Always the same for one value and purpose; 64 hexadecimal digits."""
    return hmac.new(_key(secret, purpose), value.encode(), hashlib.sha256).hexdigest()


def encrypt(secret: str, purpose: str, owner: str, text: str, *, lasting: bool = True) -> bytes:
    """AES-256-GCM; ``owner`` is whose text it is, so that it cannot be moved to another's row. Not ``lasting``: the
    purpose is that of one text, and takes no place among the keys that are wanted again and again."""
    nonce, key = os.urandom(NONCE), (_key if lasting else _derived)(secret, purpose)
    return nonce + AESGCM(key).encrypt(nonce, text.encode(), owner.encode())


def decrypt(secret: str, purpose: str, owner: str, sealed: bytes, *, lasting: bool = True) -> str:
    key = (_key if lasting else _derived)(secret, purpose)
    try:
        opened = AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], owner.encode())
    except (InvalidTag, ValueError):
        raise Unreadable(purpose) from None
    return opened.decode()
