"""Names within an archive that every system can unpack: Windows is the strictest."""

import re
import unicodedata

_UNFIT = re.compile(r'[<>:"/\\|?*]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?=\s*(?:\.|$))", re.IGNORECASE)


def member_name(text: str, most: int) -> str:
    """One part of a path: nothing that a system reserves or forbids, at most ``most`` UTF-16 units long.

    So long a name has at most three bytes a unit in UTF-8, which bounds it for other systems too.
    """
    plain = "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c)[0] != "C")
    plain = _UNFIT.sub("_", " ".join(plain.split()))
    plain = _cut(plain, most).strip(" .")
    if _RESERVED.match(plain):
        plain = _cut(f"_{plain}", most).rstrip(" .")
    return plain or "未命名"


def file_name(number: int, title: str, filename: str, most: int) -> str:
    """``07 收费自查表.xlsx``: numbered, so that no two differ only in case; the ending is the uploaded file's."""
    ending = re.search(r"\.[A-Za-z0-9]{1,10}$", filename)
    suffix = ending.group().lower() if ending else ""
    stem = title.removesuffix(ending.group()) if ending else title
    return member_name(f"{number:02} {stem}", most - len(suffix)) + suffix


def _cut(text: str, most: int) -> str:
    encoded = text.encode("utf-16-le")
    return encoded[: 2 * most].decode("utf-16-le", errors="ignore") if len(encoded) > 2 * most else text
