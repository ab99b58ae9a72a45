"""A docx is a zip archive: its directory is checked before anything in it is unpacked."""

import io
import struct
import zipfile

from app.core.xml_parts import MACROS, fault_of

from .model import UnreadableDocument

MOST_MEMBERS = 2_000
LARGEST_CONTENT = 64 * 1024 * 1024
HIGHEST_RATIO = 100
# The text of a plan of a hundred pages takes about 3 MiB of XML; reading 30 would take the child's whole time.
LARGEST_BODY = 16 * 1024 * 1024
# Short members compress well by nature ([Content_Types].xml of a large document); a bomb is never short.
RATIO_COUNTS_FROM = 1024 * 1024


def check_docx(data: bytes) -> None:
    """Refuse bombs, encrypted members, paths out of the archive, macros, entities and archives that are no docx."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (
        zipfile.BadZipFile,
        struct.error,
        ValueError,
        OverflowError,
        NotImplementedError,
        EOFError,
        OSError,
    ) as problem:
        raise UnreadableDocument("文件不是有效的 docx，请用 Word 或 WPS 打开，另存为 docx 后再上传。") from problem
    _check_directory(archive)
    if fault := fault_of(archive):
        mend = "另存为不含宏的 docx" if fault == MACROS else "另存为 docx"
        raise UnreadableDocument(f"{fault}，请用 Word 或 WPS 打开，{mend} 后再上传。")


def _check_directory(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise UnreadableDocument(f"文件内部的部件超过 {MOST_MEMBERS} 个，请删去图片和附件，另存为 docx 后再上传。")
    names = {member.filename for member in members}
    if "word/document.xml" not in names or "[Content_Types].xml" not in names:
        raise UnreadableDocument("文件的扩展名是 docx，内容却不是 Word 文档，请另存为 docx 后再上传。")
    if len(names) != len(members):
        raise UnreadableDocument("文件内部有重名的部件，请用 Word 或 WPS 另存为 docx 后再上传。")
    for member in members:
        _check_member(member)
    if archive.getinfo("word/document.xml").file_size > LARGEST_BODY:
        raise UnreadableDocument("文件正文过大，请只保留方案正文后再上传。")
    total = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if total > LARGEST_CONTENT or (total > RATIO_COUNTS_FROM and total / packed > HIGHEST_RATIO):
        raise UnreadableDocument("文件解压后过大，请删去图片和附件，只保留方案正文后再上传。")


def _check_member(member: zipfile.ZipInfo) -> None:
    if member.flag_bits & 0x1:
        raise UnreadableDocument("文件有密码保护，请取消密码，另存为 docx 后再上传。")
    name = member.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or ":" in name or "\x00" in name:
        raise UnreadableDocument("文件内部的路径不正常，请用 Word 或 WPS 另存为 docx 后再上传。")
    if (member.external_attr >> 16) & 0o170000 == 0o120000:
        raise UnreadableDocument("文件内部含有链接，请用 Word 或 WPS 另存为 docx 后再上传。")
    if name.lower().endswith((".docx", ".zip", ".docm")) and member.file_size > LARGEST_CONTENT // 4:
        raise UnreadableDocument("文件内部嵌有过大的文档，请删去附件后再上传。")
    big = member.file_size > RATIO_COUNTS_FROM
    if big and member.file_size / max(1, member.compress_size) > HIGHEST_RATIO:
        raise UnreadableDocument("文件解压后过大，请删去图片和附件，只保留方案正文后再上传。")
