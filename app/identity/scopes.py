"""What a token may be limited to: the nouns of the API's own paths, each to be read or written."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from app.core.errors import FieldError, Invalid
from app.core.http import noun_of

PREFIX = "/api/v1/"
VERBS = {"read": "读取", "write": "办理"}
"""What may be written may be read."""
IN_PERSON = frozenset({"complaints", "cases"})
"""What a token that somebody else made for a person never opens."""
NOUNS: dict[str, str] = {}
"""What each is called. Filled by ``app.main`` from the routes, so that there is no second list to keep."""
OWN_LABELS = {
    "api-tokens": "接口令牌",
    "calendar-days": "工作日历",
    "document-series": "发文字号",
    "import-rows": "导入的行",
    "liaison-matters": "督促事项",
    "liaison-quotas": "走访次数",
    "liaisons": "包联",
    "me": "本人账号",
    "plans": "方案",
    "rectifications": "问题整改",
    "role-grants": "授权",
    "school-terms": "学期",
    "sessions": "登录",
    "unit-aliases": "单位别名",
    "unit-groups": "单位组",
    "users": "用户",
    "webhook-deliveries": "推送记录",
}
"""Of nouns that share a router, and so its tag, with others."""


def register(routes: Iterable[Any]) -> None:
    for route in routes:
        if route.path:
            noun = noun_of(route.path)
            NOUNS.setdefault(noun, OWN_LABELS.get(noun) or str(route.tags[0]))


def words(scope: str) -> str:
    """``units:read`` as it is called on the page: 单位（读取）."""
    noun, _, verb = scope.partition(":")
    return f"{NOUNS.get(noun, noun)}（{VERBS.get(verb, verb)}）"


def choices(verb: str) -> list[tuple[str, str]]:
    """Every noun to tick, as (scope, label)."""
    return [(f"{noun}:{verb}", label) for noun, label in NOUNS.items()]


def check(scopes: Sequence[str]) -> None:
    """422 at each scope that opens nothing, with what may have been meant."""
    known = {f"{noun}:{verb}" for noun in NOUNS for verb in VERBS}
    errors = [FieldError(f"/scopes/{n}", _mend(scope)) for n, scope in enumerate(scopes) if scope not in known]
    if errors:
        raise Invalid(errors[0].detail, errors=errors)


def _mend(scope: str) -> str:
    noun, _, verb = scope.partition(":")
    if noun in NOUNS:
        near = [f"{noun}:{each}" for each in VERBS]
    else:
        verb = verb if verb in VERBS else "read"
        near = [f"{each}:{verb}" for each in difflib.get_close_matches(noun.lower(), NOUNS, n=3)]
    mend = f"相近的有 {'、'.join(near)}" if near else f"请写网址里 {PREFIX} 之后的名称，如 assignments:read"
    return f"没有“{scope}”这一范围，{mend}"
