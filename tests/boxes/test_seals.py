"""A sealed box stays as it was sealed: opened again only with a reason, handed over once and for good."""

import httpx
import sqlalchemy as sa
from fastapi import FastAPI

from app.boxes.models import ENTRY, SEAL
from tests.at_once import at_once
from tests.boxes.steps import BOXES, act, box, piece, read, sealed, titles, work
from tests.conftest import As
from tests.exported import csv_lines
from tests.stock import Stock, day
from tests.walk.steps import API, ok
from tests.world import World

NEWER = {"file": ("新.pdf", b"%PDF-1.4\nnewer\n%%EOF\n")}


def test_a_sealed_catalogue_stays_as_it_was(as_: As, stock: Stock, world: World) -> None:
    made = sealed(as_, stock, "议事规则", "会议纪要")
    first, second = (entry["evidence_id"] for entry in made["entries"])
    ok(as_("school").post(f"{API}/evidence/{first}/revisions", files=NEWER), 201)
    ok(as_("supervisor").post(f"{API}/evidence/{second}/void", json={"note": "看不清。"}))
    unit = f"{API}/units/{world.unit['实验小学']}"
    etag = {"if-match": as_("sysadmin").get(unit).headers["etag"]}
    ok(as_("sysadmin").patch(unit, json={"name": "实验学校"}, headers=etag))
    told = read(as_, made["id"])
    assert told["entries"] == made["entries"]
    assert [(e["revision"], e["unit_name"], e["voided"]) for e in told["entries"]] == [(1, "实验小学", False)] * 2
    assert [e["sha256"] for e in told["entries"]] == [
        ok(as_("school").get(f"{API}/evidence/{each}"))["revisions"][-1]["sha256"] for each in (first, second)
    ]
    third = piece(as_, "后来的材料")
    lines = {"entries": [{"evidence_id": each} for each in (first, second)]}
    etag = {"if-match": f'"{told["version"]}"'}
    for answer in (
        act(as_, made["id"], "fill"),
        act(as_, made["id"], "add", evidence_id=third),
        act(as_, made["id"], "remove", evidence_id=first),
        act(as_, made["id"], "void", note="不要了。"),
        act(as_, made["id"], "seal"),
        as_("school").patch(f"{BOXES}/{made['id']}", json={"name": "改名"}, headers=etag),
        as_("school").patch(f"{BOXES}/{made['id']}/catalogue", json=lines, headers=etag),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
    assert read(as_, made["id"]) == told


def test_a_seal_is_broken_only_with_a_reason_and_kept(as_: As, stock: Stock) -> None:
    made = sealed(as_, stock)
    assert act(as_, made["id"], "unseal").status_code == 422
    ok(as_("school").post(f"{API}/evidence/{made['entries'][0]['evidence_id']}/revisions", files=NEWER), 201)
    opened = ok(act(as_, made["id"], "unseal", note="漏装会议记录。"))
    assert (opened["state"], opened["catalogue_sha256"], opened["entries"][0]["revision"]) == ("open", None, 2)
    again = ok(act(as_, made["id"], "seal"))
    assert again["catalogue_sha256"] not in (None, made["catalogue_sha256"])
    assert [(seal["number"], seal["unsealed_reason"], seal["sealed_by_name"]) for seal in again["seals"]] == [
        (2, None, "刘敏"),
        (1, "漏装会议记录。", "刘敏"),
    ]
    kept = stock.do(
        lambda tx: tx.connection.execute(sa.select(SEAL.c.catalogue).order_by(SEAL.c.number)).scalars().all()
    )
    assert [[entry["revision"] for entry in catalogue["entries"]] for catalogue in kept] == [[1], [2]]
    told = ok(as_("auditor").get(f"{API}/events?resource=archive_box&resource_id={made['id']}"))["data"]
    assert [event["operation"].partition(".")[2] for event in told] == ["seal", "unseal", "seal", "fill", "create"]


def test_a_box_is_handed_over_once_to_someone_on_a_day(as_: As, stock: Stock) -> None:
    made = sealed(as_, stock)
    path = f"{BOXES}/{made['id']}/hand-over"
    assert as_("school").post(path, json={}).status_code == 422
    for wrong in (day(1), day(-1)):
        refused = as_("school").post(path, json={"to": "区档案馆", "on": wrong.isoformat()})
        assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/on", wrong
    told = ok(as_("school").post(path, json={"to": "区档案馆"}))
    assert (told["state"], told["handed_over_to"], told["handed_over_on"]) == (
        "handed_over",
        "区档案馆",
        day(0).isoformat(),
    )
    assert told["allowed_actions"] == [] and titles(told) == ["议事规则"]
    for again in (as_("school").post(path, json={"to": "别处"}), act(as_, made["id"], "unseal", note="想改。")):
        assert again.status_code == 409


def test_a_seal_holds_what_lies_in_the_box_however_many_hands_reach_in(
    app: FastAPI, as_: As, stock: Stock, world: World
) -> None:
    """Additions and the seal at once: each addition is in the sealed catalogue, or refused."""
    made = work(stock)
    found = box(as_, made.plan, item_ids=[made.items[1]])
    pieces = [piece(as_, f"材料{n}", made.rows[1]) for n in range(8)]
    ok(act(as_, found["id"], "add", evidence_id=pieces[0]))

    async def reach(client: httpx.AsyncClient, n: int) -> httpx.Response:
        if n == 4:
            return await client.post(f"{BOXES}/{found['id']}/seal")
        return await client.post(f"{BOXES}/{found['id']}/add", json={"evidence_id": pieces[n if n < 4 else n - 1]})

    answers = at_once(app, world.token["school"], reach, 8)
    assert {answer.status_code for answer in answers} <= {200, 409}
    if read(as_, found["id"])["state"] == "open":
        ok(act(as_, found["id"], "seal"))
    lying = stock.do(
        lambda tx: (
            tx.connection.execute(sa.select(ENTRY.c.evidence_id).where(ENTRY.c.archive_box_id == found["id"]))
            .scalars()
            .all()
        )
    )
    assert sorted(e["evidence_id"] for e in read(as_, found["id"])["entries"]) == sorted(lying)


def test_the_ledger_shows_what_was_sealed_and_what_lies_open_and_no_voided_number(as_: As, stock: Stock) -> None:
    def ledger(path: str, account: str = "school") -> list[tuple[str, ...]]:
        """(盒号, 材料名称, 电子件) of each line."""
        answer = as_(account).get(f"{BOXES}{path}catalogue.csv")
        assert answer.status_code == 200, answer.text
        return [(line[0], line[3], line[11]) for line in csv_lines(answer.content)[1:]]

    shut = sealed(as_, stock, "议事规则")
    held = shut["entries"][0]
    ok(as_("school").post(f"{API}/evidence/{held['evidence_id']}/revisions", files=NEWER), 201)
    made = work(stock)
    still_open, gone = (box(as_, made.plan, name=name) for name in ("在用", "作废"))
    for each in (still_open, gone):
        ok(act(as_, each["id"], "add", evidence_id=piece(as_, f"{each['name']}的材料", made.rows[0])))
    ok(act(as_, gone["id"], "void", note="不要了。"))
    name = held["filename"]
    assert name != NEWER["file"][0]
    lines = [(still_open["number"], "在用的材料", name), (shut["number"], "议事规则", name)]
    assert ledger("/") == ledger("/", "supervisor") == lines
    assert [ledger(f"/{each['id']}/") for each in (still_open, shut)] == [lines[:1], lines[1:]]
    assert ledger("/", "middle") == []
    assert as_("middle").get(f"{BOXES}/{shut['id']}/catalogue.csv").status_code == 404
