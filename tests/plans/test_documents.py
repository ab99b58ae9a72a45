"""A docx that is not what it should be is refused with the way to mend it; of a good one what shows is the plan."""

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

import docx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn

from app.plans.parser import read_document
from app.plans.parser.docx_text import extract
from tests.conftest import As
from tests.fuzz.answers import faults
from tests.fuzz.stored import Stored
from tests.plans.test_import import as_docx
from tests.plans.texts import PLAN, draft, items_of, send
from tests.rezipped import link, locked, rezipped

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
DOCX = as_docx()
BODY, TYPES = "word/document.xml", "[Content_Types].xml"
DECLARED = b"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n"
LAUGHS = b'<!DOCTYPE w [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)
XXE = b'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


def before_the_root(words: bytes) -> Callable[[bytes], bytes]:
    return lambda content: DECLARED + words + content.split(b"?>", 1)[1].lstrip()


def entity(declared: bytes, named: bytes) -> Callable[[bytes], bytes]:
    return lambda content: before_the_root(declared)(content).replace("压实责任".encode(), named)


def of_type(kind: bytes) -> Callable[[bytes], bytes]:
    plain = b"vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return lambda content: content.replace(plain, kind)


def in_utf_16(content: bytes) -> bytes:
    text = (XXE + content.split(b"?>", 1)[1].lstrip()).decode()
    return f"<?xml version='1.0' encoding='UTF-16'?>{text}".encode("utf-16")


def plain_zip(members: Mapping[str, bytes]) -> bytes:
    return rezipped(b"", members)


def long() -> bytes:
    """17 MB that pack no better than a long text does."""
    return b"".join(Random(n).randbytes(1000) + b" " * 60_000 for n in range(280))


def bad() -> Iterator[tuple[str, bytes, str, str]]:
    """What is sent, called what, and the answer: made when it is asked for, some of it is large."""
    yield from (
        ("billion laughs", rezipped(DOCX, {BODY: entity(LAUGHS + b"]>", b"&j;")}), "方案.docx", "实体"),
        ("a file of the machine as an entity", rezipped(DOCX, {BODY: entity(XXE, b"&x;")}), "方案.docx", "实体"),
        ("entities in another part", rezipped(DOCX, {"word/styles.xml": before_the_root(LAUGHS + b"]>")}), "方案.docx", "实体"),
        ("entities in the relationships", rezipped(DOCX, {"word/_rels/document.xml.rels": before_the_root(XXE)}), "方案.docx", "实体"),
        ("a document type of the network", rezipped(DOCX, {BODY: before_the_root(b'<!DOCTYPE w SYSTEM "http://192.0.2.1/x.dtd">')}), "方案.docx", "实体"),
        ("entities behind a comment", rezipped(DOCX, {BODY: before_the_root(b"<!-- a --><?a b?> " + XXE)}), "方案.docx", "实体"),
        ("entities behind a comment of a megabyte", rezipped(DOCX, {BODY: before_the_root(b"<!--" + b"abcd " * 200_000 + b"-->" + XXE)}), "方案.docx", "实体"),
        ("entities in UTF-16", rezipped(DOCX, {BODY: in_utf_16}), "方案.docx", "实体"),
        ("entities in an encoding of its own", rezipped(DOCX, {BODY: b"<?xml version='1.0' encoding='UTF-7'?>+ADwAIQ-DOCTYPE a>"}), "方案.docx", "损坏"),
        ("macros", rezipped(DOCX, {"word/vbaProject.bin": b"x"}), "方案.docx", "不含宏的 docx"),
        ("a document of macros by its type", rezipped(DOCX, {TYPES: of_type(b"vnd.ms-word.document.macroEnabled.main+xml")}), "方案.docx", "不含宏的 docx"),
        ("a document of macros by its name", rezipped(DOCX, {"word/vbaProject.bin": b"x"}), "方案.docm", "另存为 docx"),
        ("a locked document", OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "方案.docx", "取消密码"),
        ("a locked member", locked(DOCX), "方案.docx", "取消密码"),
        ("an old document", OLE + b"\0" * 600, "方案.doc", "另存为 docx"),
        ("a member that is a bomb", rezipped(DOCX, {"word/media/a.png": b"0" * 30_000_000}), "方案.docx", "解压后过大"),
        ("a body without end", rezipped(DOCX, {BODY: lambda content: content + long()}), "方案.docx", "正文过大"),
        ("2,001 members", rezipped(DOCX, {f"word/media/{n}": b"" for n in range(2001)}), "方案.docx", "部件超过 2000 个"),
        ("a path that leads out", rezipped(DOCX, {"../../etc/cron.d/x": b"x"}), "方案.docx", "路径"),
        ("a path that leads out backwards", rezipped(DOCX, {"word\\..\\..\\x": b"x"}), "方案.docx", "路径"),
        ("a path from the root", rezipped(DOCX, {"/etc/cron.d/x": b"x"}), "方案.docx", "路径"),
        ("a path of a drive", rezipped(DOCX, {"C:/x": b"x"}), "方案.docx", "路径"),
        ("a link for a member", rezipped(DOCX, {link("word/media/a"): b"/etc/passwd"}), "方案.docx", "链接"),
        ("archives within archives", plain_zip({"0.zip": plain_zip({"1.zip": b"0" * 1_000_000})}), "方案.docx", "不是 Word 文档"),
        ("a document within an archive", plain_zip({"方案.docx": DOCX}), "方案.docx", "不是 Word 文档"),
        ("an archive by its name", plain_zip({"方案.docx": DOCX}), "方案.zip", "另存为 docx"),
        ("an archive within a document", rezipped(DOCX, {"word/embeddings/a.zip": bytes(range(256)) * 80_000}), "方案.docx", "过大"),
        ("a part packed as no document is", rezipped(DOCX, {BODY: lambda content: content}, zipfile.ZIP_BZIP2), "方案.docx", "损坏"),
        ("a part that is no XML", rezipped(DOCX, {BODY: b"hello"}), "方案.docx", "损坏"),
        ("a part of changed bytes", DOCX.replace(DOCX[60:70], b"0123456789", 1), "方案.docx", "损坏"),
        ("a document cut off", DOCX[:-40], "方案.docx", "不是有效的 docx"),
        ("a document of noise", b"PK\x03\x04" + b"\xff" * 500, "方案.docx", "不是有效的 docx"),
        ("no word in it", as_docx(""), "方案.docx", "没有文字"),
        ("zero bytes", b"", "方案.docx", "空"),
    )  # fmt: skip


def test_what_is_no_good_document_is_refused_and_leaves_nothing(app: Any, as_: As) -> None:
    client, stored = as_("supervisor"), Stored(app)
    before, wrong = stored.look(), []
    for what, content, name, said in bad():
        answer = send(client, content, name)
        body = answer.json()
        named = [error["pointer"] for error in body.get("errors", ())]
        if answer.status_code != 422 or named != ["/file"] or said not in body["detail"]:
            wrong.append(f"{what}: {answer.status_code} {answer.text[:300]}")
        wrong += [f"{what}: {fault}" for fault in faults(answer)]
    assert wrong == [], "\n".join(wrong)
    assert stored.look() == before


def test_comments_and_instructions_before_the_root_do_no_harm() -> None:
    fine = {BODY: before_the_root(b"<?mso-application progid='Word.Document'?>\n<!-- <!DOCTYPE a> -->")}
    assert "压实责任" in read_document(rezipped(DOCX, fine), "方案.docx").text


def test_entities_of_a_part_that_nobody_looks_at_stay_what_they_are() -> None:
    """The body under a name that is no XML part's: the reader itself opens no file for it."""
    types = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    moved = {
        "word/body.bin": entity(XXE, b"&x;")(zipfile.ZipFile(io.BytesIO(DOCX)).read(BODY)),
        "word/_rels/body.bin.rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>',
        "_rels/.rels": lambda content: content.replace(BODY.encode(), b"word/body.bin"),
        TYPES: lambda content: content.replace(
            b"</Types>", b'<Override PartName="/word/body.bin" ContentType="' + types + b'"/></Types>'
        ),
    }
    text = read_document(rezipped(DOCX, moved), "方案.docx").text
    assert "清廉学校建设工作方案" in text and "root:" not in text


# What shows


def plan_with(change: Callable[[Any], None]) -> bytes:
    document = docx.Document(io.BytesIO(DOCX))
    change(document)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


SECRET = "暗中加上的话。责任股室：党办"


def hidden_run(document: Any) -> None:
    document.paragraphs[9].add_run(SECRET).font.hidden = True


def hidden_by_style(document: Any) -> None:
    below = document.styles.add_style("Below", WD_STYLE_TYPE.CHARACTER)
    above = document.styles.add_style("Above", WD_STYLE_TYPE.CHARACTER)
    above.font.hidden, below.base_style = True, above
    document.paragraphs[9].add_run(SECRET).style = below


def hidden_paragraph(document: Any) -> None:
    style = document.styles.add_style("Hidden", WD_STYLE_TYPE.PARAGRAPH)
    style.font.hidden = True
    document.paragraphs[9].insert_paragraph_before(f"9.{SECRET}", style)


def tracked(kind: str, text: str = "delText") -> Callable[[Any], None]:
    def change(document: Any) -> None:
        taken = f"<w:{kind} {nsdecls('w')} w:id='7' w:author='x'><w:r><w:{text}>{SECRET}</w:{text}></w:r></w:{kind}>"
        document.paragraphs[9]._p.append(parse_xml(taken))

    return change


def row(sign: str) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        table = document.add_table(rows=2, cols=3)
        for cell, words in zip((*table.rows[0].cells, *table.rows[1].cells), ["序号", "项目", "备注", "1", SECRET, ""], strict=True):  # fmt: skip
            cell.text = words
        table.rows[1]._tr.get_or_add_trPr().append(OxmlElement(sign))

    return change


def text_box(document: Any) -> None:
    held = f"<w:txbxContent {nsdecls('w')}><w:p><w:r><w:t>{SECRET}</w:t></w:r></w:p></w:txbxContent>"
    document.paragraphs[9].add_run()._r.append(parse_xml(held))


UNSHOWN: dict[str, Callable[[Any], None]] = {
    "hidden text": hidden_run,
    "text hidden by its style": hidden_by_style,
    "a paragraph hidden by its style": hidden_paragraph,
    "text that was taken away": tracked("del"),
    "text that was taken away, still as text": tracked("del", "t"),
    "text that was moved elsewhere": tracked("moveFrom", "t"),
    "a row that was taken away": row("w:del"),
    "a hidden row": row("w:hidden"),
    "a text box": text_box,
}


@pytest.mark.parametrize("what", UNSHOWN)
def test_what_a_document_does_not_show_is_not_the_plans_text(what: str) -> None:
    text, _ = extract(plan_with(UNSHOWN[what]))
    assert "暗中加上" not in text
    assert "（一）压实责任\n1.落实党建责任清单。" in text


def test_a_plan_with_tracked_changes_is_read_as_it_stands(as_: As) -> None:
    """What was added is read, what was taken away is not, and a hidden switch that is off hides nothing."""

    def change(document: Any) -> None:
        hidden_run(document)
        tracked("del")(document)
        added = f"<w:ins {nsdecls('w')} w:id='8' w:author='x'><w:r><w:t>每月通报。</w:t></w:r></w:ins>"
        document.paragraphs[9]._p.append(parse_xml(added))
        document.paragraphs[9].add_run("各股室办照此办理。").font.hidden = False

    plan = draft(as_("supervisor"), plan_with(change), "方案.docx")
    text = as_("supervisor").get(f"/api/v1/plans/{plan['id']}/source-text").json()["text"]
    assert "每月通报。各股室办照此办理。" in text and "暗中" not in text
    assert len(items_of(as_("supervisor"), plan["id"])) == 4


def test_a_paragraph_that_is_gone_takes_no_number() -> None:
    """Its mark taken away or hidden, and nothing left in it; one that is merely empty keeps its line."""

    def change(document: Any) -> None:
        for sign in ("w:del", "w:vanish"):
            paragraph = document.paragraphs[9].insert_paragraph_before("", "List Number")
            mark = OxmlElement("w:rPr")
            mark.append(OxmlElement(sign))
            paragraph._p.get_or_add_pPr().append(mark)
        document.paragraphs[9].insert_paragraph_before("甲", "List Number")
        assert document.paragraphs[9]._p.find(qn("w:pPr")) is not None

    lines = extract(plan_with(change))[0].splitlines()
    assert [line for line in lines if line.endswith("甲")] == ["1.甲"]
    assert len(lines) == len(PLAN.splitlines()) + 1
