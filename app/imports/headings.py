"""Headings as they are compared, which of a file's lines are none of its table's rows, and what a failed formula shows.

The child process that reads a stranger's file imports this: it needs nothing but the standard library.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

HEAD_WITHIN = 10
"""Titles and notes above the head take no more lines than these."""
SERIAL = "序号"
MOST_AROUND = 65_536
"""Characters above a table, and as many beneath it, that are kept with an import."""


@lru_cache(4096)
def flat(heading: str) -> str:
    """Headings are equal in this form: without width, spaces, stars and what stands in brackets."""
    folded = unicodedata.normalize("NFKC", heading).casefold()
    return re.sub(r"\([^)]*\)|[\s*:]", "", folded)


def place_of(rows: Sequence[Sequence[str]], known: frozenset[str]) -> tuple[int, int]:
    """Of these lines the one with the most headings that are known, and how many those are."""
    found = [len({flat(cell) for cell in row} & known) for row in rows]
    most = max(found, default=0)
    return (found.index(most) if found else 0), most


_WHO = (
    "填表|制表|填报|审核|审批|审签|审定|复核|校对|核对|经办|报送|上报|统计|编制|记录|联系|负责|单位负责|部门负责|股室负责|"
    "科室负责|主要负责"
)
_WHAT = "人|人员|员|者|单位|部门|日期|时间|电话"
_SIGNATURE = "签字|签名|签章|盖章|公章"
_SIGNED = re.compile(
    rf"((?:{_WHO})(?:{_WHAT})|(?:(?:{_WHO})人?|校长|园长|书记|领导|分管领导|主管领导|主要领导|单位|学校)"
    rf"\(?(?:{_SIGNATURE})\)?|日期|(?:{_WHO})(?:{_WHAT})?\((?:{_SIGNATURE})\)):"
)
_SUM = re.compile(r"(?:本页|全区|全校|全表)?(?:合计|小计|总计|共计|累计)")
_NOTE = re.compile(r"(?:附?注|备注|说明|填表说明|填报说明|注意事项)\d*:")
_DAY = re.compile(r"[\d ]*年[\d ]*月[\d ]*日|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}")
_MAY_BE = re.compile(r"[:：计年]|^\d{4}\D\d|^#")


def plainly_a_row(first: str) -> bool:
    """Whether the first cell alone says that its line is no foot, as it does of nearly all lines."""
    return first != "" and not first.isdigit() and not _MAY_BE.search(first)


FAILED = frozenset(
    ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA")
)
"""What a spreadsheet shows where a formula failed."""


def only_failed(cells: Sequence[str], serial: Sequence[int]) -> bool:
    """Whether a line holds nothing but failed formulas, and perhaps its running number: so it looks where a formula
    was drawn down beyond the last row."""
    filled = [cell for at, cell in enumerate(cells) if cell and not (at in serial and cell.isdigit())]
    return bool(filled) and all(cell in FAILED for cell in filled)


def foot(cells: Sequence[str]) -> str:
    """The words by which a line beneath a table's head is none of its rows: a sum, who signed it and when, a note; or
    nothing."""
    filled = filter(None, cells)
    first = next(filled, "")
    if first.isdigit():
        # A sum may have gone on with the running numbers.
        first = next(filled, "")
        if not _SUM.fullmatch(first):
            return ""
    if not _MAY_BE.search(first):
        return ""
    packed = re.sub(r"\s", "", unicodedata.normalize("NFKC", first))
    if _SUM.fullmatch(re.sub(r"\([^)]*\)|:", "", packed)):
        return packed
    if found := _SIGNED.match(packed):
        return found[1]
    # A note or a day stands for itself: beside other cells it is what a row says.
    alone = sum(map(bool, cells)) == 1
    if alone and (_NOTE.match(packed) or _DAY.fullmatch(packed)):
        return packed if len(packed) <= 12 else f"{packed[:12]}…"
    return ""
