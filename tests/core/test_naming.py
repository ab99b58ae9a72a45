"""Whom an account's name means, however it is told from a namesake's; never a whole office."""

import pytest

from app.core.naming import called, is_named


@pytest.mark.parametrize(
    "name",
    [
        "张伟",
        "张 伟",
        "张伟（人事股）",
        "张伟-人事股",
        "张伟—人事股",
        "张伟 人事股",
        "人事股 张伟",
        "人事股 张 伟",
        "人事股张伟",
        "教育局督查室张伟",
        "办公室主任张伟",
        "党办/张伟",
        "党办张伟",
        "文教科/张伟",
        "第一中学校长张伟",
        "青山中心校张伟",
        "第一中学 张伟 老师",
        "张伟2",
        "张伟-副校长",
        "张伟、李明",
    ],
)
def test_an_account_is_whoever_is_called_so(name: str) -> None:
    assert is_named(name, "反映张伟收费"), called(name)
    assert not is_named(name, "反映人事股、党办、文教科、督查室、办公室、第一中学、青山中心校的老师"), called(name)


@pytest.mark.parametrize("name", ["督查室主任", "第一中学校长", "人事股", "人事股科员"])
def test_an_account_of_an_office_is_not_the_office(name: str) -> None:
    text = "反映督查室、第一中学和人事股的同志"
    assert is_named(name, text) is (name == "人事股"), called(name)
    assert is_named(name, f"反映{name}收礼"), "as it is called"


@pytest.mark.parametrize(
    "name", ["王园园", "王园园老师", "王园园（人事股）", "人事股王园园", "李科-人事股", "李科老师"]
)
def test_people_who_are_called_nearly_as_an_office_are_kept_out(name: str) -> None:
    assert is_named(name, "反映王园园、李科"), called(name)


def test_a_spaced_name_is_one() -> None:
    assert called("李 卫东") == ("李卫东",)
    assert set(called("张伟 李明")) == {"张伟李明", "张伟", "李明"}
