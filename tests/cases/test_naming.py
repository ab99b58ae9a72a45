"""What counts as naming somebody in a circular."""

import pytest

from app.cases.naming import names


@pytest.mark.parametrize(
    ("persons", "text", "named"),
    [
        ("高岩", "高 岩被批评教育。", True),
        ("高 岩", "高岩被批评教育。", True),
        ("高岩", "高某被批评教育。", False),
        ("高某", "高某被批评教育。", False),
        ("欧阳某某", "欧阳某某被批评教育。", False),
        ("高岩、李和平", "李\n和平被批评教育。", True),
        ("高岩和何芳", "何芳被批评教育。", True),
        ("高岩 何芳", "高岩被批评教育。", True),
        ("高岩（总务主任）", "高岩被批评教育。", True),
        ("高岩老师、副校长何芳", "何芳被批评教育。", True),
        ("李和平", "李某、平某被批评教育。", False),
        ("Li Ming", "ＬＩ ＭＩＮＧ被批评教育。", True),
        ("高", "提高认识。", False),
        ("高岩", "某校采购不规范。", False),
    ],
)
def test_the_whole_name_is_one_and_a_surname_with_mou_is_none(persons: str, text: str, named: bool) -> None:
    assert names(text, persons) is named
