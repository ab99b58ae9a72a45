"""Text out of a PDF: page numbers between its lines, and lines as wide as the paper however many figures they hold."""

import pytest

from app.plans.parser import ParsedPlan, parse

from .test_parser import titles, units
from .test_parser_copies import PLAN, essence

PAGES = ["— 2 —", "—2—", "- 2 -", "－２－", "第 2 页", "第2页 共8页", "　　　　— 12 —"]


@pytest.mark.parametrize("number", PAGES)
def test_a_page_number_between_paragraphs_belongs_to_neither(number: str) -> None:
    text = PLAN.replace("\n2.推进", f"\n{number}\n2.推进").replace("\n（二）提升", f"\n{number}\n\n（二）提升")
    plan = parse(text)
    assert essence(plan) == essence(parse(PLAN))
    assert number.strip() not in "".join(item.measures for item in plan.items)
    for item in plan.items:
        assert text[slice(*item.span)].startswith(f"{item.number}.") and text[item.span[1] - 1] == "）"


@pytest.mark.parametrize("number", PAGES)
def test_a_page_number_inside_a_sentence_parts_no_name(number: str) -> None:
    text = PLAN.replace("配合单位：人事科、教研院", f"配合单位：人事\n{number}\n科、教研院")
    assert essence(parse(text)) == essence(parse(PLAN))


def on_paper(text: str, width: int) -> str:
    """Lines broken where the paper ends: two half-width signs take the place of one character."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, room = "", 2 * width
        for sign in paragraph:
            if room < (1 if sign.isascii() else 2):
                lines.append(line)
                line, room = "", 2 * width
            line += sign
            room -= 1 if sign.isascii() else 2
        lines.append(line)
    return "\n".join(lines)


def dated(plan: str) -> str:
    return plan.replace("集团管理制度", "2024—2025学年集团管理制度（2.0版）").replace("原则", "10项原则")


@pytest.mark.parametrize("width", [26, 28, 30, 34, 38])
def test_lines_with_figures_are_as_wide_as_others(width: int) -> None:
    assert essence(parse(on_paper(dated(PLAN), width))) == essence(parse(dated(PLAN)))


def test_a_bracket_that_closes_on_the_next_line_is_one() -> None:
    text = (
        "校外培训治理方案\n一、任务\n（一）严格审批。（牵头单位：职成科；配合单\n位：审批局、各镇（街）；完成时限：5月底前）\n"
        "（二）加强监管。（牵头单位：职成科，\n完成时限：长期坚持）\n1）公示。2）检查。\n"
    )
    first, second = parse(text).items
    assert units(first) == {"职成科": "lead", "审批局": "cooperate", "各镇（街）": "cooperate"}
    assert text[slice(*first.span)].endswith("5月底前）")
    assert units(second) == {"职成科": "lead"} and "1）公示" in second.measures


def test_spans_count_over_page_numbers_in_the_source() -> None:
    pages = on_paper(PLAN, 28).split("\n")
    for at in (21, 14, 7):
        pages.insert(at, f"— {at // 7} —")
    text = "\n".join(pages)
    plan: ParsedPlan = parse(text)
    assert titles(plan) == titles(parse(PLAN))
    assert [list(units(item)) for item in plan.items] == [list(units(item)) for item in parse(PLAN).items]
    for item in plan.items:
        piece = text[slice(*item.span)]
        assert piece.startswith(f"{item.number}.") and piece.endswith("）")
