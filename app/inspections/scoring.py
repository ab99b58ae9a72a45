"""A checklist's points, the answers to them, and what they add up to."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app.core.errors import invalid
from app.inspections.checklist_models import CHECKLIST
from app.inspections.models import Answer, PointAnswer


def points_of(tx: Any, checklist_id: int | None) -> list[dict[str, Any]]:
    """The points of an inspection's checklist; none where it has none."""
    if checklist_id is None:
        return []
    points: list[dict[str, Any]] = tx.connection.execute(
        sa.select(CHECKLIST.c.points).where(CHECKLIST.c.id == checklist_id)
    ).scalar_one()
    return points


def tally(answers: Mapping[str, Mapping[str, Any]]) -> tuple[int | None, int | None]:
    """Score and its maximum over the points answered; what does not apply (不涉及) counts in neither."""
    counted = [given for given in answers.values() if given["answer"] != Answer.NOT_APPLICABLE]
    if not answers:
        return None, None
    return sum(given["score"] for given in counted), sum(given["max_score"] for given in counted)


def check(points: list[dict[str, Any]], given: Mapping[str, PointAnswer]) -> dict[str, dict[str, Any]]:
    """The answers in the order of the list; unstated scores are full for 符合 and none for 不符."""
    known = {point["key"]: point for point in points}
    for key in given:
        if key not in known:
            raise invalid(f"answers/{key[:40]}", "检查表没有这一项" if points else "这次督查没有检查表")
    answers: dict[str, dict[str, Any]] = {}
    for key, point in known.items():
        if key not in given:
            continue
        answer, score, most = given[key].answer, given[key].score, point["score"]
        if answer == Answer.NOT_APPLICABLE:
            answers[key] = {"answer": answer.value, "score": None, "max_score": None}
            continue
        if score is None:
            score = most if answer == Answer.CONFORMS else 0
        if score > most:
            raise invalid(f"answers/{key}/score", f"第 {key} 项最多 {most} 分，请改正")
        answers[key] = {"answer": answer.value, "score": score, "max_score": most}
    return answers


def scored(answers: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What a visit keeps of them."""
    score, most = tally(answers)
    return {"answers": answers, "score": score, "max_score": most}
