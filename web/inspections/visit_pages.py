"""Recording at a target, on a phone: the checklist's sheet, and findings with photographs."""

from typing import Any

from fastapi import Response

from app.core.calendar import now, today_of
from app.core.errors import Mendable, Problem
from app.core.files import Received
from app.core.http import path_id
from app.core.operation import performs
from app.core.params import parse_choice, parse_id
from app.evidence import operations as evidence
from app.evidence.models import EvidenceCreate
from app.evidence.uploads import ROUTE_LIMIT
from app.inspections import found, recording
from app.inspections.models import CATEGORIES, SEVERITY_WORKDAYS, FindingCreate, Severity, VisitCreate
from app.plans.models import EvidenceKind
from web.evidence.pages import filled_in
from web.inspections.words import LABELS, WORDS
from web.page import Page, PageContext, Typed, page_router, parse
from web.site import Flash

router = page_router()
ANSWERS = {"met": "conforms", "unmet": "fails", "na": "not_applicable"}
"""What the sheet's radios send, and what it is called in the API."""
SENT = {answer: value for value, answer in ANSWERS.items()}
MOST_PICTURES = 20


@router.get("/inspections/{id}/visits/{unit_id}")
async def sheet(page: Page, id: int, unit_id: int) -> Response:
    """``severity`` is chosen already; htmx takes of that page the deadline alone, as the day before it was offered."""
    asked = page.params
    begun: dict[str, Any] = {name: asked[name] for name in ("severity", "deadline_on", "offered_on") if name in asked}
    if "severity" in begun:
        parse_choice([each.value for each in Severity])("severity", begun["severity"])
    return await show(page, id, path_id(unit_id), typed=begun)


async def show(
    page: PageContext,
    id: int,
    unit_id: int,
    problem: Problem | None = None,
    typed: dict[str, Any] | None = None,
    written: dict[str, Any] | None = None,
    flash: Flash | None = None,
) -> Response:
    """The sheet; ``written`` holds the answers as typed, ``typed`` the fields of the finding's form."""
    gathered = await page.read(found.sheet, path_id(id), unit_id)
    typed = dict(typed or {})
    point_key = typed.get("point_key") or page.request.query_params.get("point", "")
    points, findings = gathered["points"], gathered["findings"]
    if flash:
        gathered["flash"] = flash
    rows = _rows(points, gathered["visit"], written)
    point = next((point for point in points if point["key"] == point_key), None)
    severity = typed.get("severity") or Severity.MAJOR.value
    offered_on = gathered["deadlines"][severity].isoformat() if severity in gathered["deadlines"] else ""
    if typed.get("deadline_on") and typed["deadline_on"] == typed.get("offered_on"):
        # Left as it was offered, it goes with the severity.
        del typed["deadline_on"]
    begun = {
        "severity": severity,
        "basis": _basis(point) if point else "",
        "category": "",
        "deadline_on": offered_on,
        "description": _told(gathered),
        "visited_on": (gathered["visit"] or {}).get("visited_on") or _day(gathered),
        "note": (gathered["visit"] or {}).get("note", ""),
    }
    return await page.render(
        "inspections/visit.html",
        block="deadline",
        page_title=f"督查记录 · {gathered['target']['unit_name']}",
        problem=problem,
        typed={**begun, **(written or {}), **typed},
        labels=LABELS,
        areas=_areas(rows),
        tally=_tally(rows),
        point=point,
        here=f"/inspections/{id}/visits/{unit_id}",
        offered_on=offered_on,
        workdays=SEVERITY_WORKDAYS,
        offered_basis=begun["basis"],
        offered_description=begun["description"],
        by_point={row["key"]: [f for f in findings if f["point_key"] == row["key"]] for row in rows},
        categories=CATEGORIES,
        open="record_visit" in gathered["inspection"]["allowed_actions"],
        failed="没有保存成功",
        **gathered,
        **WORDS,
    )


def _led(gathered: dict[str, Any]) -> dict[str, Any]:
    """The liaison visit to this school that led to the inspection, if one did."""
    visit = gathered["inspection"]["liaison_visit"] or {}
    return visit if visit.get("school_id") == gathered["target"]["unit_id"] else {}


def _told(gathered: dict[str, Any]) -> str:
    """What it found there begins the first finding."""
    return "" if gathered["findings"] else str(_led(gathered).get("problems") or "")


def _day(gathered: dict[str, Any]) -> Any:
    return _led(gathered).get("visited_on") or today_of(now())


def _basis(point: dict[str, Any]) -> str:
    return str(point["basis"] or f"检查表第 {point['key']} 项：{point['text']}")


def _rows(
    points: list[dict[str, Any]], visit: dict[str, Any] | None, written: dict[str, Any] | None
) -> list[dict[str, Any]]:
    """Each point with the answer and score as typed, or as recorded."""
    recorded = visit["answers"] if visit else {}
    rows = []
    for point in points:
        key = point["key"]
        if written is not None:
            value, score = written.get(f"p-{key}") or None, written.get(f"p-{key}-score") or None
        else:
            answer = recorded.get(key, {})
            value, score = SENT.get(answer.get("answer", "")), answer.get("score")
        rows.append({**point, "value": value, "given": score})
    return rows


def _areas(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    areas: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        areas.setdefault(row["area"], []).append(row)
    return [
        {"title": title, "rows": inside, "done": sum(row["value"] is not None for row in inside)}
        for title, inside in areas.items()
    ]


def _tally(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """How far the sheet is: points done and missing, where the first missing one stands."""
    missing = [row for row in rows if row["value"] is None]
    areas = list(dict.fromkeys(row["area"] for row in rows))
    return {
        "points": len(rows),
        "done": len(rows) - len(missing),
        "missing": len(missing),
        "first": areas.index(missing[0]["area"]) + 1 if missing else None,
    }


@performs(recording.record_visit)
async def record(page: Page, id: int) -> Response:
    """Keep the sheet. A draft saved by script is answered by the page; 记录问题 opens the finding's form."""
    received, typed = Received(), Typed()
    draft = page.request.headers.get("x-draft") == "1"
    try:
        async with filled_in(page, typed, received, MOST_PICTURES):
            await page.run(recording.record_visit, path_id(id), _visit(typed))
    except Mendable as problem:
        if draft or not typed["unit_id"]:
            raise
        return await show(page, id, parse_id("unit_id", typed["unit_id"]), problem, typed, written=typed)
    unit_id = int(typed["unit_id"])
    if draft:
        return await show(page, id, unit_id)
    here = f"/inspections/{id}/visits/{unit_id}"
    if _in_hand(typed):
        return await _show_in_hand(page, id, unit_id, typed, bool(received.files))
    if typed["point"]:
        return page.after(f"{here}?point={typed['point'][:40]}#finding")
    if typed["done"]:
        left = _tally(_rows((await page.read(found.sheet, id, unit_id))["points"], None, typed))["missing"]
        if left:
            return page.after(here, f"草稿已保存。还有 {left} 项未检，检完后再完成记录。", "warn")
        return page.after(f"/inspections/{id}", "已完成这个单位的检查记录。各单位都查完后，选“报告”。")
    return page.after(f"{here}?point={typed['point_key'][:40]}" if typed["point_key"] else here, "草稿已保存。")


# A body may be as large as its photographs: those of a finding being written come along.
router.add_api_route("/inspections/{id}/visits", record, methods=["POST"], max_body_size=ROUTE_LIMIT)


def _in_hand(typed: Typed) -> bool:
    """Whether a finding is being written: something differs from its form as it was offered."""
    if any(typed[name].strip() for name in ("category", "correction", "immediate")):
        return True
    offered = (typed["offered_basis"], typed["offered_on"], typed["offered_description"].split())
    as_offered = (typed["basis"], typed["deadline_on"], typed["description"].split()) == offered
    return not as_offered or typed["severity"] not in ("", Severity.MAJOR.value)


async def _show_in_hand(page: PageContext, id: int, unit_id: int, typed: Typed, pictures: bool) -> Response:
    """The sheet is saved; a finding has no draft, so what was typed of it is shown again, at the point pressed."""
    if typed["point"]:
        if typed["basis"] == typed["offered_basis"]:
            typed.pop("basis", None)
        typed["point_key"] = typed["point"]
    next_ = "保存后再完成记录" if typed["done"] else "写完请按“保存问题”"
    said = f"草稿已保存。填写的问题还没有保存，{next_}。" + ("照片请重新选择。" if pictures else "")
    shown = await show(page, id, unit_id, typed=typed, flash=Flash("warn" if typed["done"] else "info", said))
    shown.headers["content-location"] = f"/inspections/{id}/visits/{unit_id}"
    return shown


def _visit(typed: Typed) -> VisitCreate:
    """The sheet's form: ``p-1`` the answer of point 1, ``p-1-score`` its score."""
    answers = {}
    for name, value in typed.items():
        if name.startswith("p-") and not name.endswith("-score") and value in ANSWERS:
            key, score = name[2:], typed.get(f"{name}-score", "")
            answer = ANSWERS[value]
            scored = answer != "not_applicable" and score != ""
            answers[key] = {"answer": answer, **({"score": _whole(score)} if scored else {})}
    fields = {name: typed[name] for name in ("unit_id", "visited_on", "note") if name in typed}
    return parse(VisitCreate, {**fields, "answers": answers})


def _whole(text: str) -> Any:
    """Figures as a number; anything else as it is, for the schema to refuse at its point."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


# Findings


@performs(recording.create_finding)
async def record_finding(page: Page, id: int) -> Response:
    """A finding and its photographs, each of which becomes evidence of the finding; the sheet, where it came along."""
    received, typed = Received(), Typed()
    written = None
    try:
        async with filled_in(page, typed, received, MOST_PICTURES):
            written = typed if "visited_on" in typed else None
            given = _finding(typed)
            if written is not None:
                await page.run(recording.record_visit, path_id(id), _visit(typed))
            made = await page.run(recording.create_finding, path_id(id), given)
            await _keep_pictures(page, received, made)
    except Mendable as problem:
        if not typed["unit_id"]:
            raise
        return await show(page, id, parse_id("unit_id", typed["unit_id"]), problem, typed, written)
    here = f"/inspections/{id}/visits/{int(typed['unit_id'])}"
    if typed.get("next"):
        return page.after(f"{here}#finding", "问题已保存，请记下一条。")
    return page.after(f"{here}#recorded", "问题已保存为草稿，下达后被查单位才能看到。")


def _finding(typed: Typed) -> FindingCreate:
    """A deadline left as it was offered follows the severity on the day of issue."""
    fields = {name: value for name, value in typed.items() if name in FindingCreate.model_fields}
    if fields.get("deadline_on") == typed.get("offered_on"):
        fields.pop("deadline_on", None)
    return parse(FindingCreate, fields)


async def _keep_pictures(page: PageContext, received: Received, finding_id: int) -> None:
    for number, (_, staged) in enumerate(received.files, 1):
        given = EvidenceCreate(
            title=f"现场照片 {number}",
            kind=EvidenceKind.INSPECTION,
            evidence_on=today_of(now()),
            target="findings",
            target_id=finding_id,
        )
        await page.run(evidence.create, staged, given)


router.add_api_route("/inspections/{id}/findings", record_finding, methods=["POST"], max_body_size=ROUTE_LIMIT)
