"""Passwords: argon2, and the profile that a new one must fit; one-time ones, which are made here."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.core.errors import invalid

_HASHER = PasswordHasher()
MAX_LENGTH = 200
NO_PASSWORD = ""
"""In place of a hash: the account has no password yet, and nothing opens it."""
_ONE_TIME = "one-time$"
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without those that look like another on paper."""
_GROUPS, _GROUP = 6, 4


def hash_password(password: str) -> str:
    return _HASHER.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Takes as long for an account that does not exist, has no password yet, or a one-time one."""
    if stored is not None and stored.startswith(_ONE_TIME):
        _matches(_decoy(), password)
        return hmac.compare_digest(stored, hash_one_time(password))
    return _matches(stored or _decoy(), password) and bool(stored)


def _matches(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _decoy() -> str:
    return _HASHER.hash(secrets.token_urlsafe(16))


def one_time_password() -> str:
    """118 random bits, to be read off paper and typed once."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def hash_one_time(password: str) -> str:
    """Of 112 random bits and more nobody can guess one, however fast the hash (ASVS 5.0, 6.5.2): two thousand accounts
    get theirs in a moment. One that a person chose goes through ``hash_password``.
    """
    return _ONE_TIME + hashlib.sha256(password.encode()).hexdigest()


def went_unused(issued_at: datetime, hours: int, now: datetime) -> bool:
    """A one-time password that nobody logged in with in time: whoever finds it later gets nowhere (ASVS 5.0, 6.4.1)."""
    return now - issued_at > timedelta(hours=hours)


# What a new one must be like


@dataclass(frozen=True)
class Profile:
    """One rule for passwords: what it says in words is what it checks."""

    min_length: int
    classes: int = 0
    """Of upper case, lower case, digits and other characters: how many kinds there must be."""
    days: int | None = None
    """How long one may be kept."""
    remembered: int = 0
    """How many of the last ones, the present one among them, may not come again."""

    @property
    def words(self) -> str:
        """As people read it at the field, before they type."""
        parts = [f"{self.min_length} 到 {MAX_LENGTH} 个字符，可以用任何字符，也可以粘贴"]
        if self.classes:
            parts.append(f"大写字母、小写字母、数字、其他字符四类中至少 {self.classes} 类")
        parts.append(f"去掉{_GUESSED_FIRST}后，还要剩下 {OWN_CHARACTERS} 个不同的字符")
        if self.days:
            parts.append(f"每 {self.days} 天更换一次")
        if self.remembered:
            parts.append(f"不能是最近 {self.remembered} 个密码之一")
        return "；".join(parts)

    def expired(self, changed_at: datetime, now: datetime) -> bool:
        return self.days is not None and now - changed_at > timedelta(days=self.days)

    def check(self, password: str, context: Iterable[str] = ()) -> None:
        """422 at ``new_password``; ``context`` is what anyone would guess of this account: its name, the bureau."""
        if not self.min_length <= len(password) <= MAX_LENGTH:
            raise invalid("new_password", f"密码须为 {self.min_length} 到 {MAX_LENGTH} 个字符")
        if self.classes > _classes(password):
            raise invalid("new_password", f"密码须含大写字母、小写字母、数字、其他字符中的至少 {self.classes} 类")
        if len(set(remainder(password, context))) < OWN_CHARACTERS:
            why = f"去掉{_GUESSED_FIRST}后，所剩不足 {OWN_CHARACTERS} 个不同的字符"
            raise invalid("new_password", f"这个密码容易被猜到：{why}")


PROFILES = {
    # OWASP ASVS 5.0, 6.2: length and no common words; no kinds of characters, no change by the calendar.
    "asvs": Profile(min_length=12),
    # GB/T 22239-2019, 8.1.4.1 a): complexity and a change at intervals; figures as assessors ask for them.
    "dengbao": Profile(min_length=10, classes=3, days=90, remembered=5),
}

_GUESSED_FIRST = "账号名、姓名、单位名、年份、常用词、连续或重复的字符"
OWN_CHARACTERS = 6
"""Different characters that must remain when everything has been taken out that is guessed first."""


def _classes(password: str) -> int:
    kinds = (
        any(map(str.isupper, password)),
        any(map(str.islower, password)),
        any(map(str.isdigit, password)),
        any(not (character.isascii() and character.isalnum()) for character in password),
    )
    return sum(kinds)


_LOOKALIKES = str.maketrans("013457@$!", "oieastasi")
# The product and its trade, administrators, the words people begin with, in English, pinyin and Chinese.
_COMMON_WORDS = """
qinglian lianjie xuexiao jiaoyu jiaoyuju jiaoshi laoshi xiaozhang xuesheng ducha jijian dangban bangongshi
admin administrator root system manager sysadmin secadmin auditor supervisor office school leader user guest
password passwd pass word welcome login letmein hello test demo default changeme master secret iloveyou love
monkey dragon sunshine princess football baseball superman batman shadow freedom whatever trustno china
mima denglu guanliyuan xitong ceshi woaini woshi nihao zhongguo beijing shanghai xiaoming zhangsan lisi wangwu
baobei laopo laogong mama baba tianya shengri kuaile gongzuo jintian mingtian
清廉 学校 教育 教育局 老师 校长 学生 督查 管理员 密码 登录 测试 中国 我爱你 你好 系统 单位 办公室
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "01234567890",
    "1qaz2wsx3edc4rfv5tgb6yhn",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "a1s2d3f4g5h6j7k8l9",
    "z1x2c3v4b5n6m7",
)
_RUNS = frozenset(run[start : start + 3] for row in _ROWS for run in (row, row[::-1]) for start in range(len(run) - 2))
_YEAR = re.compile(r"(?:19|20)\d\d(?:[01]\d[0-3]\d)?")
_REPEATED = re.compile(r"(.{1,8}?)\1+")
_WORD = re.compile(r"[^\W_]{3,}")


def remainder(password: str, context: Iterable[str] = ()) -> str:
    """What is left to guess: without context and common words, years, runs along the keyboard, and repetitions."""
    left = _YEAR.sub("\0", password.lower())
    guessed = {word for text in context for word in (text.lower(), *_WORD.findall(text.lower())) if len(word) > 2}
    words = guessed | _COMMON
    left = _without(left, words)
    left = _REPEATED.sub(r"\1", _without_runs(left))
    return _without_runs(left).replace("\0", "")  # Once more: 112233 is a run in pairs.


def _without(text: str, words: Collection[str]) -> str:
    """The longest words first; letters written as digits or signs count as the letters."""
    for word in sorted(words, key=len, reverse=True):
        for reading in (text, text.translate(_LOOKALIKES)):
            while (at := reading.find(word)) >= 0:
                text = text[:at] + "\0" * len(word) + text[at + len(word) :]
                reading = reading[:at] + "\0" * len(word) + reading[at + len(word) :]
    return text


def _without_runs(text: str) -> str:
    return "".join("\0" if taken else character for character, taken in zip(text, _running(text), strict=True))


def _running(text: str) -> list[bool]:
    taken = [False] * len(text)
    for at in range(len(text) - 2):
        if text[at : at + 3] in _RUNS:
            taken[at : at + 3] = [True] * 3
    return taken
