"""The shared plans, where they are there: the scores that the product promises and the facts of the seed."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from app.plans.parser import parse

PLANS = Path(__file__).parents[2].parent / "shared" / "plans"

pytestmark = pytest.mark.skipif(not PLANS.is_dir(), reason="the shared plans are not on this machine")


@pytest.fixture(scope="module")
def score() -> ModuleType:
    spec = importlib.util.spec_from_file_location("plan_score", PLANS / "score.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def seed() -> dict[str, Any]:
    return parsed("00-seed")


def parsed(name: str) -> dict[str, Any]:
    found = parse((PLANS / f"{name}.txt").read_text("utf-8")).as_json()
    plain: dict[str, Any] = json.loads(json.dumps(found, ensure_ascii=False))
    return plain


def test_items_units_and_sections_reach_the_promised_scores(score: ModuleType) -> None:
    totals = {part: score.Count() for part in ("items", "units", "sections")}
    for path in sorted(PLANS.glob("*.expected.json")):
        name = path.name.removesuffix(".expected.json")
        text = (PLANS / f"{name}.txt").read_text("utf-8")
        result = score.score(score.resolve(score.load(path), text), parsed(name), text)
        assert result["title"] is not False, name
        for part, total in totals.items():
            total += result[part] or score.Count()
            totals[part] = total
    assert totals["items"].f1() >= 0.98
    assert totals["units"].f1() >= 0.98
    assert totals["sections"].f1() >= 0.95


def test_seed_has_its_areas_items_and_responsibilities(seed: dict[str, Any]) -> None:
    named = [unit for item in seed["items"] for unit in item["responsibilities"]]
    assert [area["number"] for area in seed["areas"]] == ["一", "二", "三"]
    assert [item["number"] for item in seed["items"]] == [str(number) for number in range(1, 12)]
    assert len(named) == 48
    assert len({unit["name"] for unit in named if not unit["group"]}) == 14
    assert {unit["name"] for unit in named if unit["group"]} == {
        "各基层党组织", "各学校(园)", "各股室办", "二级单位"
    }  # fmt: skip
    assert {unit["role"] for unit in named} == {"responsible"}
    assert all(item["deadline"] is None for item in seed["items"])
    assert (seed["year"], seed["title"]) == (2023, "2023年持续深化推进“清廉学校”建设工作方案")


def test_seed_names_its_group_and_the_papers_it_rests_on(seed: dict[str, Any]) -> None:
    group = seed["organization"]
    assert (group["leader"], group["deputy"], group["office_in"]) == ("", "", "局督查室")
    assert len(seed["basis"]) == 4
    assert [r["title"] for r in seed["requirements"]][-4:] == [
        "强化组织领导",
        "注重总结提升",
        "营造舆论氛围",
        "严格监督检查",
    ]


@pytest.mark.parametrize("path", sorted(PLANS.glob("*.txt")), ids=lambda path: path.stem)
def test_every_span_holds_its_item(path: Path) -> None:
    text = path.read_text("utf-8")
    found = parse(text)
    for item in (*found.items, *found.table_rows):
        piece = text[slice(*item.span)]
        assert item.title[:6] in piece.replace("\n", "")
        assert piece == piece.strip()
        for unit in item.responsibilities:
            assert unit.name in "".join(piece.split())
    starts = [item.span[0] for item in found.items]
    assert starts == sorted(starts)
