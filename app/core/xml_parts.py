"""What docx, xlsx and pptx have in common: archives of XML parts, looked at before any reader is given them.

No such format has a document type declaration. Where one stands, entities may be declared that grow without end
("billion laughs") or name a file of this machine; it can only stand before the root element.
"""

import re
import zipfile

ENTITIES = "文件内部声明了实体（DTD），正常的文档里没有，为安全起见不予读取"
MACROS = "文件含有宏"
DAMAGED = "文件内部已损坏"
_HEAD = 64 * 1024
_MOST_TYPES = 1024 * 1024
_READ = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What these formats allow. The others are unpacked without a limit, however little is asked for."""
_PROLOG = re.compile(r"\ufeff?(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_ROOT = re.compile(r"<[^\W\d]")


def fault_of(archive: zipfile.ZipFile) -> str | None:
    """Why nothing of it may be read, in words to which how to mend it is added; the directory was checked before."""
    try:
        if has_macros(archive):
            return MACROS
        parts = (each for each in archive.infolist() if each.filename.lower().endswith((".xml", ".rels")))
        return next(filter(None, (_fault_of_part(archive, part) for part in parts)), None)
    except Exception:
        # zipfile answers damaged input with a dozen kinds of exception.
        return DAMAGED


def has_macros(archive: zipfile.ZipFile) -> bool:
    """By what such a file is called within, or calls itself."""
    names = [name.lower() for name in archive.namelist()]
    if any(name.endswith("vbaproject.bin") or name.startswith("xl/macrosheets/") for name in names):
        return True
    with archive.open("[Content_Types].xml") as types:
        return b"macroenabled" in types.read(_MOST_TYPES).lower()


def _fault_of_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> str | None:
    if part.compress_type not in _READ:
        return DAMAGED
    with archive.open(part) as opened:
        head = _text(opened.read(_HEAD))
    begins = head[_PROLOG.match(head).end() :]  # type: ignore[union-attr]
    if (not begins and part.file_size <= _HEAD) or _ROOT.match(begins):
        return None
    # Also a comment or an instruction that has no end in sight: what follows it is not known.
    return ENTITIES if begins.startswith(("<!", "<?")) else DAMAGED


def _text(head: bytes) -> str:
    """UTF-8 but for what begins as UTF-16: whatever else it claims to be, its root element would not be found."""
    if head[:2] in (b"\xff\xfe", b"<\0"):
        return head.decode("utf-16-le", "replace")
    if head[:2] in (b"\xfe\xff", b"\0<"):
        return head.decode("utf-16-be", "replace")
    return head.decode("utf-8", "replace")
