"""The library in the browser: the same operations as the JSON API, with forms that keep what was typed."""

import re
from dataclasses import replace
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.conftest import As
from tests.evidence.test_upload import PDF, upload
from tests.stock import Stock


def csrf(client: TestClient) -> str:
    return str(client.headers["x-csrf-token"])


def send(client: TestClient, *files: tuple[str, bytes], **fields: Any) -> Any:
    data = {"csrf": csrf(client), "kind": "activity", "evidence_on": "2023-09-22", "title": "", **fields}
    return client.post("/evidence/upload", data=data, files=[("file", file) for file in files])


def test_several_files_become_one_piece_each_called_by_name(browse: As) -> None:
    school = browse("school")
    answer = send(school, ("板报评比.pdf", PDF), ("演讲比赛.pdf", PDF + b"2"), ("", b""))
    assert (answer.status_code, answer.headers["location"]) == (303, "/evidence")
    rows = school.get("/api/v1/evidence").json()["data"]
    assert [row["title"] for row in rows] == ["演讲比赛", "板报评比"]
    page = school.get("/evidence").text
    assert "板报评比" in page and "演讲比赛" in page and "PDF" in page


def test_refused_file_keeps_what_was_typed(browse: As) -> None:
    school = browse("school")
    answer = send(school, ("a.exe", b"MZ"), title="清廉歌曲", document_number="实小〔2023〕3号")
    assert answer.status_code == 415
    assert "清廉歌曲" in answer.text and "实小〔2023〕3号" in answer.text and "不是可以接收的类型" in answer.text
    assert send(school, ("", b""), title="无文件").status_code == 422
    assert school.get("/api/v1/evidence").json()["data"] == []


def test_a_missing_kind_is_asked_for_by_its_name(browse: As) -> None:
    answer = send(browse("school"), ("a.pdf", PDF), kind="", title="清廉歌曲")
    assert answer.status_code == 422 and "清廉歌曲" in answer.text
    assert answer.text.count("请选择资料类别") == 2 and "必须填写" not in answer.text


def test_the_hint_says_the_bound_that_is_set(app: FastAPI, browse: As) -> None:
    settings = app.state.settings.model_copy(update={"evidence_max_mib": 7})
    app.state.site = replace(app.state.site, settings=settings)
    page = browse("school").get("/evidence/upload").text
    assert page.count("单个不超过 7 MB") == 2 and "200 MB" not in page


def test_form_without_token_is_refused(browse: As) -> None:
    school = browse("school")
    assert send(school, ("a.pdf", PDF), csrf="wrong").status_code == 403
    assert school.get("/api/v1/evidence").json()["data"] == []


def test_back_stays_on_this_site(browse: As) -> None:
    answer = send(browse("school"), ("a.pdf", PDF), back="//evil.example/x")
    assert answer.headers["location"] == "/"


def test_detail_shows_revisions_and_voiding(browse: As, as_: As) -> None:
    school = browse("school")
    made = upload(as_("school")).json()
    home = f"/evidence/{made['id']}"
    assert "上传新版本" in school.get(home).text
    revised = school.post(f"{home}/revisions", data={"csrf": csrf(school)}, files={"file": ("新.pdf", PDF + b"2")})
    assert revised.headers["location"] == home
    assert "第 2 版" in school.get(home).text
    refused = school.post(f"{home}/void", data={"csrf": csrf(school), "note": ""})
    assert refused.status_code == 422 and "作废时必须写明原因" in refused.text
    school.post(f"{home}/void", data={"csrf": csrf(school), "note": "重复上传"})
    page = school.get(home).text
    assert "重复上传" in page and "上传新版本" not in page
    assert browse("middle").get(home).status_code == 404


def test_empty_filters_of_a_form_are_no_filters(browse: As, as_: As) -> None:
    upload(as_("school"))
    page = browse("school").get("/evidence?kind=scheme&q=&voided=")
    assert page.status_code == 200 and "清廉校园文化建设实施方案" in page.text
    nothing = browse("school").get("/evidence?kind=meeting").text
    assert re.search("没有符合条件的资料", nothing) and "清除条件" in nothing


def titles(page: str) -> list[str]:
    return re.findall(r'<a href="/evidence/\d+">([^<]+)</a>', page)


def test_what_is_in_the_library_is_found_by_its_words_and_linked(browse: As, as_: As, stock: Stock) -> None:
    """By a plain form, which keeps what it is chosen for and the way back."""
    plan = stock.plan()
    task = stock.assignment(plan, stock.item(plan), "实验小学", "in_progress")
    for n, (title, kind) in enumerate((("清廉歌曲", "activity"), ("廉政谈话记录", "meeting"), ("谈话方案", "scheme"))):
        assert upload(as_("school"), PDF + b"%d" % n, title=title, kind=kind).status_code == 201
    assert upload(as_("middle"), PDF, title="别校的谈话").status_code == 201
    school, at = browse("school"), f"/evidence/choose?target=assignments&target_id={task}&back=/assignments/{task}"
    page = school.get(at).text
    assert titles(page) == ["谈话方案", "廉政谈话记录", "清廉歌曲"]
    (form,) = re.findall(r'<form class="filters"[^>]*method="get".*?</form>', page, re.S)
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    assert kept == {"target": "assignments", "target_id": str(task), "back": f"/assignments/{task}"}

    def found(**asked: Any) -> str:
        return str(school.get("/evidence/choose", params={"kind": "", "q": "", **kept, **asked}).text)

    assert titles(found(q="谈话")) == ["谈话方案", "廉政谈话记录"] and titles(found(kind="activity")) == ["清廉歌曲"]
    assert titles(found(q="谈话", kind="meeting")) == ["廉政谈话记录"]
    nothing = found(q="没有这样的")
    assert "没有符合条件的资料" in nothing and "清除条件" in nothing and titles(nothing) == []
    first = found(limit=2)
    assert titles(first) == ["谈话方案", "廉政谈话记录"]
    (further,) = re.findall(r'href="([^"]+)" rel="next"', first)
    assert titles(school.get(further.replace("&amp;", "&")).text) == ["清廉歌曲"]
    (link,) = re.findall(r'action="(/evidence/\d+/links)"', found(kind="meeting"))
    linked = school.post(link, data={"csrf": csrf(school), **kept})
    assert (
        linked.headers["location"] == f"/assignments/{task}"
        and "廉政谈话记录" in school.get(f"/assignments/{task}").text
    )
    assert titles(found(q="谈话")) == ["谈话方案"]
    assert school.get(f"{at}&nothing=1").status_code == 422
