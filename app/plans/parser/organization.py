"""The leading group that a plan sets up: its posts as written, empty where the plan leaves them blank."""

import re
from bisect import bisect_right
from collections.abc import Sequence

from .folding import Folded
from .model import Organization

_NAME = re.compile(
    r"成立(?:了|以[^,。\n]{2,40}(?:组长|主任)的)?(?P<name>[^,。;:\n]{2,40}?(?:领导小组|工作专班|工作组|指挥部|委员会"
    r"|专班))"
)
_NAMED_ALONE = re.compile(
    r"(?P<name>[^,。;:\n]{2,40}?(?:领导小组|工作专班))(?:人员名单|成员名单|名单|成员|组成人员)?\s*\n"
)
_POST = re.compile(
    r"(?P<deputy>(?:常务)?副(?:组长|主任))|(?P<leader>(?:第一)?组[^\S\n]*长)|(?P<members>(?:成[^\S\n]*员|组[^\S\n]*员)(?:单位)?)"
)
_OFFICE = re.compile(r"办公室(?:地点)?设(?:在|于)(?P<office>[^,。;\n]{2,30})")
_DIRECTOR = re.compile(r"由(?P<name>[^,。;\n由]{1,30}?)(?:担任|兼任|任|兼)(?:领导小组)?(?:办公室)?主任")
_DIRECTOR_LABEL = re.compile(r"办公室主任\s*:\s*(?P<name>[^,。;\n]{1,30})")
_VALUE_ENDS = re.compile(r"[。\n]|领导小组下设|下设办公室|领导小组办公室|办公室设")


def read_organization(source: Folded, start: int, end: int, headings: Sequence[int]) -> Organization | None:
    """None unless the text names a leader's post or sets a group up with an office.

    `headings` are the offsets of the outline's markers.
    """
    flat = source.flat
    posts = _posts(source, start, end, headings)
    office = _OFFICE.search(flat, start, end)
    named = _NAME.search(flat, start, end)
    if not posts and not (office and named):
        return None
    if not named:
        named = _NAMED_ALONE.search(flat, start, end)
    director = _DIRECTOR.search(flat, start, end) or _DIRECTOR_LABEL.search(flat, start, end)
    return Organization(
        name=source.words(*named.span("name")) if named else "",
        leader=posts.get("leader", ""),
        deputy=posts.get("deputy", ""),
        members=posts.get("members", ""),
        office_in=source.words(*office.span("office")) if office else "",
        office_director=source.words(*director.span("name")) if director else "",
    )


def _posts(source: Folded, start: int, end: int, headings: Sequence[int]) -> dict[str, str]:
    """组长：副组长：成员：… Each value runs to the next post, the next heading or the end of its line or sentence."""
    flat = source.flat
    found = [
        match
        for match in _POST.finditer(flat, start, end)
        if flat[match.end() : match.end() + 3].lstrip(" ")[:1] == ":"
    ]
    posts: dict[str, str] = {}
    for at, match in enumerate(found):
        value = flat.index(":", match.end()) + 1
        limit = found[at + 1].start() if at + 1 < len(found) else end
        following = bisect_right(headings, value)
        limit = min(limit, headings[following]) if following < len(headings) else limit
        stop = _VALUE_ENDS.search(flat, value, limit)
        kind = match.lastgroup or ""
        if kind not in posts:
            posts[kind] = source.words(value, stop.start() if stop else limit).rstrip("；;，,")
    return posts if "leader" in posts else {}
