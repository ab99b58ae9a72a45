"""The media type of a file, found from its content: what it is called is believed only where content cannot tell."""

import codecs
import re
import zipfile
from pathlib import Path
from typing import BinaryIO

from app.core.errors import Invalid, UnsupportedMedia, invalid
from app.core.xml_parts import DAMAGED, MACROS, has_macros

ACCEPTED = "pdf、jpg、png、heic、docx、xlsx、pptx、doc、xls、wps、txt、csv、mp4、mp3、zip"
ACCEPT = ".pdf,.jpg,.jpeg,.png,.heic,.docx,.xlsx,.pptx,.doc,.xls,.wps,.txt,.csv,.mp4,.mp3,.zip"
"""For a file field's ``accept``: a help for people, no check."""

HEAD = 4096
CHUNK = 1024 * 1024
OLE_HEADER = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLE = {".doc": "application/msword", ".xls": "application/vnd.ms-excel", ".wps": "application/vnd.wps-office.wps"}
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
MP4_BRANDS = {b"avc1", b"dash", b"isom", b"mp41", b"mp42", b"M4V ", b"MSNV", b"XAVC"}
OFFICE = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/presentation.xml": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
OFFICE_SUFFIXES = (".docx", ".xlsx", ".pptx")
TEXT = {".txt": "text/plain", ".csv": "text/csv"}
MARKUP = re.compile(r"\s*<(?:!doctype|html|head|body|script|svg|\?xml|!--)", re.IGNORECASE)
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

ZIP_MEMBERS, OFFICE_MEMBERS = 10_000, 2_000
ZIP_DIRECTORY = 4 * CHUNK
ZIP_TOTAL = 2048 * CHUNK
ZIP_RATIO, RATIO_COUNTS_FROM = 100, 16 * CHUNK
SHORT = {
    "application/pdf": "PDF",
    "image/jpeg": "JPG",
    "image/png": "PNG",
    "image/heic": "HEIC",
    "application/msword": "DOC",
    "application/vnd.ms-excel": "XLS",
    "application/vnd.wps-office.wps": "WPS",
    "text/plain": "TXT",
    "text/csv": "CSV",
    "video/mp4": "MP4",
    "audio/mpeg": "MP3",
    "application/zip": "ZIP",
    **dict(zip(OFFICE.values(), ("DOCX", "XLSX", "PPTX"), strict=True)),
}
"""What people call each type."""


def media_type(path: Path, name: str) -> str:
    """The type of an accepted file. 415 for anything else, 422 for what is damaged, locked, a bomb or has macros."""
    suffix = Path(name).suffix.lower()
    with path.open("rb") as file:
        head = file.read(HEAD)
        if found := _by_magic(head, suffix):
            return found
        if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return _zip_type(file)
        if suffix in TEXT and _is_text(file, head):
            return TEXT[suffix]
    if suffix and suffix in ACCEPT.split(","):
        damaged = f"“{name[-60:]}”的内容不是{suffix[1:]}，可能已损坏，或者改过扩展名。请重新导出或拍照后再传"
        raise UnsupportedMedia(damaged)
    raise UnsupportedMedia(f"“{name[-60:]}”的内容不是可以接收的类型。可以上传：{ACCEPTED}")


def _by_magic(head: bytes, suffix: str) -> str | None:
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in HEIC_BRANDS:
            return "image/heic"
        if brand in MP4_BRANDS or brand[:3] in (b"iso", b"3gp"):
            return "video/mp4"
    # A tag, or the sync word of an MPEG audio frame of layer III.
    if head.startswith(b"ID3") or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2):
        return "audio/mpeg"
    if head.startswith(OLE_HEADER):
        if suffix in OFFICE_SUFFIXES:
            raise _bad_file("文件有密码保护，或是改了扩展名的旧格式，请用 Office 或 WPS 打开，取消密码，另存后再上传")
        return OLE.get(suffix)
    return None


def _is_text(file: BinaryIO, head: bytes) -> bool:
    """Decodable to the end as UTF-8 or GB18030 (or by its byte order mark), without control characters or markup."""
    encodings = [name for bom, name in BOMS if head.startswith(bom)] or ["utf-8", "gb18030"]
    return any(_decodes(file, encoding) for encoding in encodings)


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    first = True
    try:
        while chunk := file.read(CHUNK):
            text = decoder.decode(chunk)
            if any(ord(c) < 32 and c not in "\t\n\r\f\x1a" for c in set(text)) or (first and MARKUP.match(text)):
                return False
            first = False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _zip_type(file: BinaryIO) -> str:
    members = zip_directory(file)
    names = {member.filename for member in members}
    if "[Content_Types].xml" in names:
        for part, kind in OFFICE.items():
            if part in names:
                if len(members) > OFFICE_MEMBERS:
                    raise _bad_file("文件内部的部件过多，请另存后再上传")
                _refuse_macros(file)
                return kind
    return "application/zip"


def _refuse_macros(file: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            fault = MACROS if has_macros(archive) else None
    except Exception:
        fault = DAMAGED
    if fault:
        raise _bad_file(f"{fault}，请用 Office 或 WPS 打开，另存为不含宏的 docx、xlsx 或 pptx 后再上传")


def zip_directory(file: BinaryIO) -> list[zipfile.ZipInfo]:
    """The members of an archive, read from its directory alone and only when that is of a sane size."""
    try:
        end = zipfile._EndRecData(file)  # type: ignore[attr-defined]
        if not end:
            raise _bad_file("文件已损坏或不完整，请重新保存或压缩后再上传")
        count, size = end[zipfile._ECD_ENTRIES_TOTAL], end[zipfile._ECD_SIZE]  # type: ignore[attr-defined]
        if count > ZIP_MEMBERS or size > ZIP_DIRECTORY:
            raise _bad_file(f"压缩包里的文件超过 {ZIP_MEMBERS} 个，请分开上传")
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except Invalid:
        raise
    except Exception as error:
        # zipfile answers damaged input with a dozen kinds of exception.
        raise _bad_file("文件已损坏，请重新保存或压缩后再上传") from error
    for member in members:
        _check_member(member)
    total = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if total > ZIP_TOTAL or (total > RATIO_COUNTS_FROM and total / packed > ZIP_RATIO):
        raise _bad_file("文件解压后过大，请拆开上传")
    return members


def _check_member(member: zipfile.ZipInfo) -> None:
    name = member.filename.replace("\\", "/")
    if member.flag_bits & 0x1:
        raise _bad_file("文件有密码保护，请取消密码后再上传")
    if name.startswith("/") or ".." in name.split("/"):
        raise _bad_file("文件内部的路径不正常，请重新保存或压缩后再上传")
    if (member.external_attr >> 16) & 0o170000 == 0o120000:
        raise _bad_file("压缩包里含有链接，请放入文件本身后重新压缩")


def _bad_file(detail: str) -> Invalid:
    return invalid("file", detail, code="bad_file")
