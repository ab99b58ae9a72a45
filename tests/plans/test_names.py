"""Names as plans write them: equal when folded, matched when there is no doubt, suggested with a reason."""

import pytest

from app.units.names import Directory, Target, fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("局督查室", "督查室"),
        ("区局督查室", "督查室"),
        ("青川区教育局督查室", "督查室"),
        ("XX县教育体育局 人事股", "人事股"),
        ("局机关各股室办", "各股室办"),
        ("驻区局派驻组", "派驻组"),
        ("各学校(园)", "各学校（园）"),
        ("各学校［园］", "各学校（园）"),
        ("工　会", "工会"),
        ("ＸＸ办", "xx办"),
    ],
)
def test_spellings_of_one_name_are_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize("name", ["教育局", "青川区教育局", "区公安分局", "市场监管局", "教育股", "局", "机关事务中心"])
def test_a_name_is_not_folded_away(name: str) -> None:
    assert len(fold(name)) >= min(2, len(name))
    assert fold("督查室") != fold(name)


def known(*entries: tuple[str, int | str, bool]) -> Directory:
    found = Directory()
    for name, target, alias in entries:
        found.add(name, Target(target, None) if isinstance(target, int) else Target(None, int(target[1:])), alias=alias)
    return found


def test_own_name_comes_before_an_alias() -> None:
    names = known(("教研室", 1, False), ("教科所", 2, False), ("教研室", 2, True))
    assert names.match("区局教研室") == Target(1, None)


def test_two_units_of_one_name_are_left_to_people() -> None:
    names = known(("办公室", 1, False), ("区局办公室", 2, False))
    assert names.match("办公室") is None
    assert [(near.unit_id, near.reason) for near in names.suggest("办公室")] == [(1, "名称相同"), (2, "名称相同")]


def test_only_a_name_that_was_in_use_is_called_a_former_one() -> None:
    names = known(("教师发展中心", 3, False))
    names.add("教师进修学校", Target(3, None), alias=True, former=True)
    names.add("师发中心", Target(3, None), alias=True)
    assert [near.reason for near in names.suggest("进修学校")] == ["曾用名“教师进修学校”"]
    assert [near.reason for near in names.suggest("师发中心")] == ["别名“师发中心”"]


def test_group_word_decides_between_a_unit_and_a_group() -> None:
    names = known(("二级单位", 1, False), ("二级单位", "g7", False))
    assert names.match("二级单位", is_group=True) == Target(None, 7)
    assert names.match("二级单位", is_group=False) == Target(1, None)


def test_suggestions_say_why_and_nearest_comes_first() -> None:
    names = known(
        ("项目建设办公室", 1, False),
        ("教师培训中心", 2, False),
        ("教师发展中心", 3, False),
        ("师训中心", 3, True),
        ("党办", 4, False),
        ("督查室", 5, False),
        ("各学校（园）", "g6", False),
    )
    assert [(near.name, near.reason) for near in names.suggest("校建办")] == [("项目建设办公室", "名称相近")]
    assert [(near.name, near.reason) for near in names.suggest("培训中心")] == [
        ("教师培训中心", "含“培训中心”"),
        ("教师发展中心", "别名“师训中心”"),
    ]
    assert [near.name for near in names.suggest("督察室")] == ["督查室"]
    assert [near.unit_group_id for near in names.suggest("各校（园）", is_group=True)] == [6]
    assert names.suggest("纪检监察组") == []


def test_a_name_that_differs_in_how_an_office_is_called_comes_first() -> None:
    names = known(
        ("督导室", 1, False), ("督查室", 2, False), ("计财股", 3, False), ("教育股", 4, False), ("党办", 5, False)
    )
    assert [(near.name, near.reason) for near in names.suggest("督察室")] == [
        ("督查室", "只差“察”字"),
        ("督导室", "名称相近"),
    ]
    assert [(near.name, near.reason) for near in names.suggest("计财科")] == [("计财股", "只差“科”字")]
    assert [(near.name, near.reason) for near in names.suggest("区教育局教育科")] == [("教育股", "只差“科”字")]
    assert names.suggest("党组") == [], "two characters are too few"
