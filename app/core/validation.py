"""Validation errors in Chinese: what is wrong and how to mend it, never what was typed."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.core.errors import FieldError, Invalid

_MESSAGES = {
    "missing": "必须填写",
    "extra_forbidden": "没有这一项，请删除",
    "string_type": "请填写文字",
    "string_too_short": "不能为空",
    "string_too_long": "不能超过 {max_length} 个字",
    "too_long": "不能超过 {max_length} 项",
    "too_short": "至少要有 {min_length} 项",
    "string_pattern_mismatch": "格式不符，只能用字母、数字、点、横线和下划线",
    "int_type": "请填写整数",
    "int_parsing": "请填写整数",
    "int_from_float": "请填写整数",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "bool_type": "请填写 true 或 false",
    "bool_parsing": "请填写 true 或 false",
    "enum": "没有这一选项，可选：{expected}",
    "literal_error": "没有这一选项，可选：{expected}",
    "list_type": "请填写列表",
    "dict_type": "请填写对象",
    "model_type": "请填写对象",
    "model_attributes_type": "请填写对象",
    "date_type": "请按 2023-10-31 的格式填写日期",
    "json_type": "请填写 JSON",
}


def field_errors(errors: Iterable[Mapping[str, Any]]) -> list[FieldError]:
    return [FieldError(_pointer(error["loc"]), _message(error)) for error in errors]


def refuse_emptied(changes: Mapping[str, Any], *names: str) -> None:
    """422 at each of these fields that a change would leave without a value."""
    if emptied := [FieldError(f"/{name}", "不能为空") for name in names if changes.get(name, "") is None]:
        raise Invalid("请改正标出的内容", errors=emptied)


def _pointer(location: Iterable[Any]) -> str:
    parts = list(location)
    if parts and parts[0] in ("body", "query", "path", "header"):
        parts = parts[1:]
    return "/" + "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _message(error: Mapping[str, Any]) -> str:
    kind = error["type"]
    if kind in ("too_short", "too_long") and isinstance(error.get("input"), str):
        kind = f"string_{kind}"  # What a text is called that was cleaned before its length was checked.
    if kind == "value_error":
        cause = (error.get("ctx") or {}).get("error")
        return str(cause) if isinstance(cause, ValueError) else "填写有误"
    context = {key: _listed(str(value)) for key, value in (error.get("ctx") or {}).items()}
    try:
        return _MESSAGES.get(kind, "填写有误").format(**context)
    except KeyError:
        return "填写有误"


def _listed(words: str) -> str:
    """'a', 'b' or 'c' as one reads it."""
    return words.replace("'", "").replace(", ", "、").replace(" or ", "、")
