"""What can go wrong, as RFC 9457 problems with a stable code and Chinese words."""

from collections.abc import Sequence
from typing import Any, NamedTuple

MAX_POINTER = 200
"""A name that nothing answers to may be a megabyte long; it is not sent back whole."""


class FieldError(NamedTuple):
    """One wrong value: where it stands in the body (JSON pointer) and how to mend it."""

    pointer: str
    detail: str


class Problem(Exception):
    """An answer other than success. ``title`` says what is wrong, ``detail`` how to mend it."""

    status = 400
    code = "bad_request"
    title = "请求有误"
    unkept: Sequence[str] = ()
    """What was typed into a form that the page has no more, since the row moved on meanwhile: shown beside it."""

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        title: str | None = None,
        errors: Sequence[FieldError] = (),
        headers: dict[str, str] | None = None,
        status: int | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail or title or self.title)
        self.status = status or self.status
        self.code = code or self.code
        self.title = title or self.title
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = headers or {}
        self.extra = extra

    @property
    def titled(self) -> bool:
        """Whether its title says more than that of its kind."""
        return self.title != type(self).title

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"type": "about:blank", "status": self.status, "code": self.code, "title": self.title}
        if self.detail:
            body["detail"] = self.detail
        if self.errors:
            body["errors"] = [{"pointer": each.pointer[:MAX_POINTER], "detail": each.detail} for each in self.errors]
        return body | self.extra


class BadRequest(Problem):
    pass


class Unauthenticated(Problem):
    status, code, title = 401, "unauthenticated", "请先登录"

    def __init__(self, detail: str = "", **options: Any) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"}, **options)


class Forbidden(Problem):
    status, code, title = 403, "forbidden", "没有办理这一步的权限"


class NotFound(Problem):
    """Also what is out of scope: the two answer alike."""

    status, code, title = 404, "not_found", "没有找到"


class Mendable(Problem):
    """What whoever sent it can mend: a page shows its form again with what was typed."""


class Conflict(Mendable):
    status, code, title = 409, "conflict", "与当前情况不符"


class Stale(Mendable):
    status, code, title = 412, "stale", "已被他人更新"


class TooLarge(Mendable):
    status, code, title = 413, "too_large", "内容过大"


class UnsupportedMedia(Mendable):
    status, code, title = 415, "unsupported_media_type", "不支持的内容类型"


class Invalid(Mendable):
    status, code, title = 422, "invalid", "填写有误"


class PreconditionRequired(Problem):
    status, code, title = 428, "precondition_required", "缺少 If-Match"


class TooManyRequests(Problem):
    status, code, title = 429, "too_many_requests", "尝试次数过多"


class Unavailable(Problem):
    status, code, title = 503, "unavailable", "服务暂时不可用，请稍后再试"


class NoSpace(Problem):
    status, code, title = 507, "no_space", "存储空间不足，没有保存"


def invalid(field: str, detail: str, **options: Any) -> Invalid:
    """One field is wrong."""
    return Invalid(detail, errors=[FieldError(f"/{field}", detail)], **options)
