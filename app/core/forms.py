"""A form as strict as JSON: its bytes are decoded once, and what is no UTF-8 is refused, never kept as something else.

The framework's own parsers put U+FFFD for what they cannot read, or take it for Latin-1: a name in GBK would be stored
as garbage that nobody typed.
"""

import re
from urllib.parse import parse_qsl, unquote_to_bytes

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from app.core.errors import BadRequest

MOST_FIELDS = 2500
"""The catalogue of a full box: 300 lines of eight fields, and those of the form itself."""
_RAW = re.compile(rb"[\x80-\xff]")


def utf8(sent: bytes | bytearray) -> str:
    """400 for what is none."""
    try:
        return sent.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("内容不是有效的 UTF-8，请以 UTF-8 编码提交", code="invalid_utf8") from None


def checked_query(sent: bytes) -> bytes:
    """A query whose names and values are UTF-8, all of it in percent signs as browsers send it; 400 for another.

    No byte of a character beyond ASCII is ``&`` or ``=``: the whole is UTF-8 exactly when each part is.
    """
    if b"%" not in sent and sent.isascii():
        return sent
    utf8(unquote_to_bytes(sent))
    return _RAW.sub(lambda found: b"%%%02X" % found[0][0], sent)


async def read_form(request: Request) -> FormData:
    """The fields of a form of either kind; none of another body. 400 for what is no UTF-8, too much, or cut off."""
    media, _ = parse_options_header(request.headers.get("content-type", ""))
    if media == b"application/x-www-form-urlencoded":
        return _fields(utf8(await request.body()))
    if media == b"multipart/form-data":
        try:
            return await Parts(request.headers, request.stream(), max_fields=MOST_FIELDS).parse()
        except MultiPartException:
            raise _unreadable() from None
    return FormData()


def _fields(text: str) -> FormData:
    try:
        return FormData([*parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)])
    except UnicodeDecodeError:
        raise BadRequest("内容不是有效的 UTF-8，请以 UTF-8 编码提交", code="invalid_utf8") from None
    except ValueError:
        raise _unreadable() from None


class Parts(MultiPartParser):
    """Starlette's parser, whose names, file names and texts are UTF-8, whatever charset the body calls itself."""

    def on_headers_finished(self) -> None:
        utf8(self._current_part.content_disposition or b"")
        self._charset = "utf-8"
        super().on_headers_finished()

    def on_part_end(self) -> None:
        if self._current_part.file is None:
            utf8(self._current_part.data)
        super().on_part_end()


def _unreadable() -> BadRequest:
    return BadRequest("表单不完整，或内容过多，请刷新后重新提交", code="invalid_form")
