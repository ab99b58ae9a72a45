"""JSON as it should be: one media type, UTF-8, no duplicate keys, no NaN, bounded depth and digits."""

import json
from typing import Any

from app.core.errors import BadRequest, FieldError, Invalid, Problem, UnsupportedMedia
from app.core.forms import utf8

MAX_DEPTH, MAX_DIGITS = 50, 40


def check_json(content_type: str, body: bytes) -> None:
    """415 for another media type, 400 for what is no JSON as it should be, 422 for a text that is none."""
    media, _, parameters = content_type.partition(";")
    charset = parameters.lower().replace(" ", "").replace('"', "")
    if media.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        raise UnsupportedMedia("请以 application/json（UTF-8）提交")
    text = utf8(body)
    try:
        read = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_bounded_int)
    except Problem:
        raise
    except RecursionError:
        raise BadRequest("JSON 嵌套过深", code="too_deep") from None
    except ValueError:
        raise BadRequest("不是有效的 JSON", code="invalid_json") from None
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise BadRequest("JSON 嵌套过深", code="too_deep")
    # Valid UTF-8 holds no lone surrogate; only an escape can bring one in, in a key or a value of any type.
    if "\\ud" in text.lower() and not _is_text(json.dumps(read, ensure_ascii=False)):
        raise Invalid("含有不完整的字符，请重新输入", errors=[FieldError("/", "含有不完整的字符")])


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRequest("JSON 里有重复的键", code="duplicate_key")
    return found


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _no_constant(name: str) -> Any:
    raise BadRequest(f"JSON 不允许 {name}", code="invalid_json")


def _bounded_int(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise BadRequest("数字过长", code="invalid_json")
    return int(digits)


def _depth(text: str) -> int:
    deepest = depth = 0
    quoted = escaped = False
    for c in text:
        if quoted:
            quoted = escaped or c != '"'
            escaped = c == "\\" and not escaped
        elif c == '"':
            quoted = True
        elif c in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif c in "]}":
            depth -= 1
    return deepest
