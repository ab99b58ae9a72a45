"""The audit log: filters in the address, refusals as rows, details in place."""

from collections.abc import Mapping
from typing import Any

from fastapi import Response

from app.core.operation import Reader, performs
from app.core.params import parse_id
from app.core.policy import Role
from app.events import operations, queries, tables, words
from app.events.auditing import checked, exported
from app.events.chain import RESTORED, UNPROVEN
from web.page import Page, page_router
from web.tables import add_exports

router = page_router()
add_exports(router, "/events", tables.EVENTS, operations.note_table)
OUT_OF_BOUNDS = {"not_found", "forbidden"}
KINDS = {
    "acknowledge": "ok",
    "submit": "info",
    "complete": "ok",
    "close": "ok",
    "issue": "ok",
    "approve": "ok",
    "send_back": "warn",
    "reopen": "warn",
    "refuse": "warn",
    "urge": "warn",
    "dispatch": "info",
    "restore": "warn",
}
VIEWS = (
    ("all", "全部"),
    ("refused", "被拒绝"),
    ("login", "登录失败"),
    ("grants", "授权变更"),
    ("identity", "查看身份"),
    ("bulk", "批量"),
)


@router.get("/events")
async def list_(page: Page) -> Response:
    params = page.params
    opened = parse_id("open", params.pop("open")) if "open" in params else None
    asked = queries.LIST.asked(params)
    if not page.actor.has(Role.AUDITOR):
        return await page.render("events/nothing.html", page_title="审计日志")

    def query(see: Reader) -> dict[str, Any]:
        rows, following = queries.LIST.page(see, asked)
        events = [queries.present(see, row) for row in rows]
        people = queries.people(see, [event["id"] for event in events])
        sealed = queries.sealed(see, opened) if opened and any(event["id"] == opened for event in events) else None
        found = {"events": events, "next": following, "people": people, "sealed": sealed}
        return found | {"check": queries.last_check(see)}

    query.__dict__["unbounded"] = asked.unbounded or opened is not None
    found = await page.read(query)
    return await page.render(
        "events/list.html",
        page_title="审计日志",
        rows=[_shown(event, found["people"]) for event in found["events"]],
        next=found["next"],
        params=params,
        check=found["check"],
        fault=words.fault(found["check"]),
        unproven=UNPROVEN,
        restored=RESTORED,
        months=page.settings.audit_months,
        opened=opened,
        sealed=found["sealed"],
        counts=await page.read(queries.counts, asked),
        views=[(label, queries.VIEWS.get(name, {}), name) for name, label in VIEWS],
        operations=words.operations(None if "operation" in params else params.get("resource")),
        resources=sorted(words.RESOURCES.items(), key=lambda pair: pair[1]),
    )


@router.get("/events/export")
async def export(page: Page) -> Response:
    return await exported(page)


@router.post("/events/verify")
@performs(operations.note_check)
async def verify(page: Page) -> Response:
    await page.form(once=False)
    found = await page.run(operations.note_check, await checked(page))
    if found.fault:
        return page.after("/events", f"日志链校验不通过：{found.fault.words}。", "bad")
    return page.after("/events", f"日志链校验通过：{found.events} 条。")


def tag(event: Mapping[str, Any]) -> tuple[str, str]:
    """The words and kind of an event's tag: what was done, or that it was refused."""
    if event["outcome"] == "refused":
        if event["operation"] == "session.create":
            return "登录失败", "bad"
        return ("越权被拒", "bad") if event["code"] in OUT_OF_BOUNDS else ("没有办成", "warn")
    return words.operation(event["operation"]), KINDS.get(event["operation"].rpartition(".")[2], "mute")


def _shown(event: dict[str, Any], people: dict[int, tuple[str, str]]) -> dict[str, Any]:
    name, unit = people.get(event["id"], ("系统" if event["outcome"] == "done" else "未登录", ""))
    label, kind = tag(event)
    return event | {
        "name": name,
        "unit": "接口令牌" if event["token_id"] else unit,
        "label": label,
        "kind": kind,
        "object": words.resource(event),
        "explanation": words.explanation(event),
        "changes": words.changes(event),
        "way": "接口" if event["token_id"] else "网页",
    }
