"""Files as text: what a plan was uploaded as becomes the source text that spans count in."""

from pathlib import PurePath

from .archive import check_docx
from .document_text import normalise
from .docx_process import read_docx
from .model import SourceText, UnreadableDocument

LARGEST_FILE = 20 * 1024 * 1024
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_document(data: bytes, filename: str) -> SourceText:
    """The source text of a txt or docx file; `UnreadableDocument` says in Chinese what is wrong and what to do."""
    suffix = PurePath(filename.replace("\\", "/")).suffix.lower()
    if len(data) > LARGEST_FILE:
        raise UnreadableDocument("文件超过 20 MB，请删去图片等附件，只保留方案正文后再上传。")
    if not data.strip():
        raise UnreadableDocument("文件是空的，请检查后重新上传。")
    if suffix == ".docx" and data.startswith(_OLE2) and _LOCKED in data:
        raise UnreadableDocument("文件有密码保护，请用 Word 或 WPS 打开，取消密码，另存为 docx 后再上传。")
    if suffix in {".doc", ".wps", ".wpt", ".dot"} or (suffix == ".docx" and data.startswith(_OLE2)):
        raise UnreadableDocument(
            f"{'旧格式的文档' if suffix == '.docx' else suffix + ' 格式'}无法读取，"
            "请另存为 docx：用 Word 或 WPS 打开，另存为 docx 后再上传。"
        )
    if suffix == ".docx":
        check_docx(data)
        return read_docx(data)
    if suffix == ".txt":
        return SourceText(decode(data))
    if suffix == ".pdf":
        raise UnreadableDocument("PDF 无法读取，请用 Word 或 WPS 转换并另存为 docx 后再上传。")
    raise UnreadableDocument("只能读取 docx 和 txt 文件，请另存为 docx 后再上传。")


def decode(data: bytes) -> str:
    """BOM, then strict UTF-8, then strict GB18030: a wrong guess would read silently as other characters."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif data.startswith(b"\xef\xbb\xbf"):
        encodings = ["utf-8-sig"]
    else:
        encodings = ["utf-8", "gb18030"]
    if data.startswith((b"PK\x03\x04", _OLE2, b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!")):
        raise UnreadableDocument(
            "文件的扩展名是 txt，内容却不是文本，请用 Word 或 WPS 打开原文件，另存为 docx 后再上传。"
        )
    for encoding in encodings:
        try:
            text = normalise(data.decode(encoding))
        except UnicodeDecodeError:
            continue
        if _is_text(data, text):
            return text
    raise UnreadableDocument("无法识别文字编码，请用记事本打开文件，另存为时把编码选为 UTF-8，再重新上传。")


def _is_text(data: bytes, text: str) -> bool:
    """Bytes full of NUL, or characters that nobody writes, are another encoding or no text at all."""
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")) and b"\x00" in data[:4096] and data[:4096].count(b"\x00") > 8:
        return False
    private = sum("\ue000" <= sign <= "\uf8ff" for sign in text[:4000])
    return private * 20 <= max(1, len(text[:4000]))
