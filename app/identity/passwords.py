"""Passwords: argon2, and what a new one must be like."""

import secrets
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.core.errors import invalid

_HASHER = PasswordHasher()
MIN_LENGTH, MAX_LENGTH = 10, 200


def hash_password(password: str) -> str:
    return _HASHER.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Takes as long for an account that does not exist."""
    try:
        return _HASHER.verify(stored or _decoy(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _decoy() -> str:
    return _HASHER.hash(secrets.token_urlsafe(16))


def one_time_password() -> str:
    return secrets.token_urlsafe(12)


def check_strength(password: str, username: str) -> None:
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise invalid("new_password", f"密码须为 {MIN_LENGTH} 到 {MAX_LENGTH} 个字符")
    if username.lower() in password.lower() or len(set(password)) < 5:
        raise invalid("new_password", "密码不能含账号名，也不能只有几个重复的字符")
