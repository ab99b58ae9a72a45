"""Every write to evidence. Files are staged by ``app.core.files.receive`` before the transaction begins."""

from collections.abc import Collection, Mapping
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from app.core.audit import record
from app.core.db import insert_or_ignore
from app.core.errors import Conflict, Forbidden, invalid
from app.core.files import Staged
from app.core.operation import Tx, operation
from app.core.stored import keep
from app.core.within import many, within
from app.core.workflow import changing, counted_anew
from app.evidence import rules, targets
from app.evidence.models import (
    EVIDENCE,
    LINK,
    Evidence,
    EvidenceCreate,
    EvidenceRevision,
    LinkCreate,
    Unlink,
)
from app.plans.models import EvidenceKind


@operation("evidence.create")
def create(tx: Tx, staged: Staged, given: EvidenceCreate, report_id: int | None = None) -> int:
    """A new piece of evidence, linked at once where a target is named. ``report_id``: of a report that is sent once
    more; the same file of the same kind that came with it is the piece, and there is no other."""
    if (given.target is None) != (given.target_id is None):
        raise invalid("target_id", "请同时写明 target 和 target_id，或都不写")
    link = LinkCreate(target=given.target, target_id=given.target_id) if given.target and given.target_id else None
    unit_id = _author(tx, given.unit_id, _target_row(tx, link).unit_id if link else None)
    if link and report_id is not None and (came := _came_with(tx, link, report_id, staged, given.kind)) is not None:
        return came
    keep(tx, staged)
    evidence = tx.add(
        Evidence(
            unit_id=unit_id,
            title=given.title,
            kind=given.kind,
            document_number=given.document_number,
            evidence_on=given.evidence_on,
            sha256=staged.sha256,
            filename=staged.name,
            uploaded_by=tx.actor.user_id,
        )
    )
    assert evidence.id is not None
    _add_revision(tx, evidence.id, 1, staged)
    if link:
        _insert_links(tx, link.target, {(evidence.id, link.target_id): 1})
    return evidence.id


def _came_with(tx: Tx, link: LinkCreate, report_id: int, staged: Staged, kind: EvidenceKind) -> int | None:
    here = LINK.c.target == link.target, LINK.c.target_id == link.target_id, LINK.c.progress_report_id == report_id
    same = EVIDENCE.c.sha256 == staged.sha256, EVIDENCE.c.kind == kind, EVIDENCE.c.voided_at.is_(None)
    piece = sa.select(EVIDENCE.c.id).join_from(LINK, EVIDENCE, EVIDENCE.c.id == LINK.c.evidence_id).where(*here, *same)
    return tx.connection.execute(piece.order_by(EVIDENCE.c.id).limit(1)).scalar()


@operation("evidence.link")
def link(tx: Tx, evidence_id: int, given: LinkCreate) -> bool:
    """Link it to a target; True when it was not linked before. Linking again brings its newest revision there."""
    rules.guard(tx, evidence_id, "link")
    _hold(tx, EVIDENCE, [evidence_id])
    row = rules.guard(tx, evidence_id, "link")
    _target_row(tx, given)
    if _insert_links(tx, given.target, {(evidence_id, given.target_id): row.revision}):
        return True
    newer = sa.update(LINK).where(*_the_link(evidence_id, given), LINK.c.revision != row.revision)
    if tx.connection.execute(newer.values(revision=row.revision)).rowcount:
        record(tx, "evidence", evidence_id, after={**given.model_dump(), "revision": row.revision})
    return False


def link_all(tx: Tx, evidence_id: int, target: str, ids: Collection[int]) -> None:
    """Link it to many rows of one kind, of which whoever calls has looked whether the actor may: asked once for all."""
    rules.guard(tx, evidence_id, "link")
    _hold(tx, EVIDENCE, [evidence_id])
    row = rules.guard(tx, evidence_id, "link")
    _hold(tx, targets.find(target).table, ids)
    _insert_links(tx, target, {(evidence_id, target_id): row.revision for target_id in ids})


@operation("evidence.unlink")
def unlink(tx: Tx, evidence_id: int, given: Unlink) -> int:
    """Take it off a target that is open; the evidence itself stays."""
    rules.guard(tx, evidence_id, "unlink")
    _target_row(tx, given)
    removed = tx.connection.execute(sa.delete(LINK).where(*_the_link(evidence_id, given)))
    if removed.rowcount != 1:
        raise Conflict("这份资料没有关联到这一项", code="not_linked")
    record(tx, "evidence", evidence_id, before=given.model_dump())
    counted_anew(tx, targets.find(given.target).table, [given.target_id])
    return evidence_id


@operation("evidence.revise")
def revise(tx: Tx, evidence_id: int, staged: Staged) -> int:
    """A newer file of the same evidence. Open targets get it; those submitted keep the one they were given."""
    row = _held(tx, evidence_id, "revise")
    if staged.sha256 == row.sha256:
        raise invalid("file", "与当前版本是同一个文件，请选择更新后的文件")
    keep(tx, staged)
    number = row.revision + 1
    _add_revision(tx, evidence_id, number, staged)
    evidence = changing(tx, Evidence, row)
    evidence.sqlmodel_update({"revision": number, "sha256": staged.sha256, "filename": staged.name})
    tx.session.flush()
    open_links = sa.update(LINK).where(LINK.c.evidence_id == evidence_id, targets.is_open())
    tx.connection.execute(open_links.values(revision=number))
    return evidence_id


@operation("evidence.void")
def void(tx: Tx, evidence_id: int, note: str | None = None) -> int:
    """Out of use, with a reason; the file and its history stay."""
    row = _held(tx, evidence_id, "void")
    if not note:
        raise invalid("note", "作废时必须写明原因")
    tx.reason = note
    evidence = changing(tx, Evidence, row)
    evidence.sqlmodel_update({"voided_at": tx.now, "void_reason": note})
    tx.session.flush()
    for table, ids in _proved(tx, evidence_id):
        counted_anew(tx, table, ids)
    return evidence_id


def come_with(tx: Tx, target: str, target_id: int, report_id: int, evidence_ids: Collection[int]) -> bool:
    """These of a row's pieces, and no others, came with a report of it; whether that is new. 422 for any other piece.

    A piece that came with another report leaves that.
    """
    here = LINK.c.target == target, LINK.c.target_id == target_id
    held = tx.connection.execute(sa.select(LINK.c.evidence_id, LINK.c.progress_report_id).where(*here)).all()
    wanted = set(evidence_ids)
    if not wanted <= {row.evidence_id for row in held}:
        raise invalid("evidence_ids", "只能选这项任务已有的印证资料，请先上传或从资料库选")
    if wanted == {row.evidence_id for row in held if row.progress_report_id == report_id}:
        return False
    mine = sa.update(LINK).where(*here, LINK.c.progress_report_id == report_id)
    tx.connection.execute(mine.values(progress_report_id=None))
    taken = sa.update(LINK).where(*here, within(LINK.c.evidence_id, many("pieces")))
    tx.connection.execute(taken.values(progress_report_id=report_id), {"pieces": sorted(wanted)})
    record(tx, "progress_report", report_id, after={"evidence_ids": sorted(wanted)})
    return True


_OF = LINK.c.target == sa.bindparam("of_kind"), within(LINK.c.target_id, many("of_rows"))
_LINKED = sa.select(LINK.c.evidence_id).where(*_OF).distinct()
_PROVING = (
    sa.select(LINK.c.evidence_id, LINK.c.target_id, LINK.c.revision)
    .join(EVIDENCE, EVIDENCE.c.id == LINK.c.evidence_id)
    .where(*_OF, EVIDENCE.c.voided_at.is_(None))
    .order_by(LINK.c.id)
)


def _of_rows(target: str, ids: Collection[int]) -> dict[str, Any]:
    return {"of_kind": target, "of_rows": sorted(ids)}


def copy_links(tx: Tx, target: str, heirs: Mapping[int, int]) -> None:
    """What proves a row proves its heir as well: for rows that go on in others (并入). What was voided proves nothing
    any more, and stays where it was.

    Whoever calls has looked whether the rows may go on. Their pieces are held before they are read: one that is voided
    or revised in the same moment would come without that.
    """
    of = _of_rows(target, heirs)
    _hold(tx, EVIDENCE, tx.connection.execute(_LINKED, of).scalars().all())
    proving = tx.connection.execute(_PROVING, of).all()
    _insert_links(tx, target, {(row.evidence_id, heirs[row.target_id]): row.revision for row in proving})


def drop_links(tx: Tx, target: str, ids: Collection[int]) -> None:
    """Of rows that go: the evidence itself stays in the library. They are held, so that nothing is linked meanwhile."""
    _hold(tx, targets.find(target).table, ids)
    tx.connection.execute(sa.delete(LINK).where(*_OF), _of_rows(target, ids))


def _author(tx: Tx, unit_id: int | None, target_unit_id: int | None) -> int:
    """The unit that makes the evidence: the one named, the target's, or the only one the user works for."""
    if unit_id is not None:
        if unit_id not in tx.actor.units:
            raise invalid("unit_id", "只能以本单位的名义上传，请重新选择单位")
        return unit_id
    if target_unit_id in tx.actor.units:
        return target_unit_id
    if not tx.actor.home_units:
        raise Forbidden("您没有股室或学校的身份，不能上传印证资料")
    if len(tx.actor.home_units) > 1:
        raise invalid("unit_id", "您在几个单位任职，请选择以哪个单位的名义上传")
    return tx.actor.home_units[0]


def _target_row(tx: Tx, given: LinkCreate) -> Any:
    """The target as it is once it is held; it is held for nobody but whoever may change its evidence."""
    target = targets.find(given.target)
    target.guard(tx, given.target_id)
    _hold(tx, target.table, [given.target_id])
    return target.guard(tx, given.target_id)


def _hold(tx: Tx, table: sa.Table, ids: Collection[int]) -> None:
    """Until the commit these take no step: what a step asks of their evidence is still so when it is taken."""
    held = sa.select(table.c.id).where(within(table.c.id, many("ids"))).order_by(table.c.id)
    tx.connection.execute(held.with_for_update(key_share=True), {"ids": sorted(ids)})


def _held(tx: Tx, evidence_id: int, action: str) -> Any:
    """The piece with all that it is linked to, for whoever may do this to it, and as it is once they are held."""
    rules.guard(tx, evidence_id, action)
    _hold_all(tx, evidence_id)
    return rules.guard(tx, evidence_id, action)


def _hold_all(tx: Tx, evidence_id: int) -> None:
    """The piece, so that it is linked to nothing more, then what it is linked to."""
    _hold(tx, EVIDENCE, [evidence_id])
    for table, ids in _proved(tx, evidence_id):
        _hold(tx, table, ids)


def _proved(tx: Tx, evidence_id: int) -> list[tuple[sa.Table, list[int]]]:
    """The rows that it is linked to, by their tables."""
    linked = sa.select(LINK.c.target, LINK.c.target_id).where(LINK.c.evidence_id == evidence_id).order_by(LINK.c.target)
    rows = groupby(tx.connection.execute(linked).all(), lambda row: row.target)
    return [(targets.find(name).table, [row.target_id for row in of_it]) for name, of_it in rows]


def _the_link(evidence_id: int, given: LinkCreate) -> list[sa.ColumnElement[bool]]:
    return [LINK.c.evidence_id == evidence_id, LINK.c.target == given.target, LINK.c.target_id == given.target_id]


def _insert_links(tx: Tx, target: str, links: Mapping[tuple[int, int], int]) -> int:
    """(piece, row) → revision; how many were not linked before. Each of these has its event."""
    if not links:
        return 0
    shared = {
        "district_id": tx.actor.district_id,
        "target": target,
        "linked_at": tx.now,
        "linked_by": tx.actor.user_id,
    }
    values = [
        {**shared, "evidence_id": evidence_id, "target_id": target_id, "revision": revision}
        for (evidence_id, target_id), revision in links.items()
    ]
    insert = insert_or_ignore(tx.connection, LINK).returning(LINK.c.evidence_id, LINK.c.target_id)
    made = sorted(tuple(row) for row in tx.connection.execute(insert, values))
    for evidence_id, target_id in made:
        named = {"target": target, "target_id": target_id, "revision": links[evidence_id, target_id]}
        record(tx, "evidence", evidence_id, operation="evidence.link", after=named)
    counted_anew(tx, targets.find(target).table, sorted({target_id for _, target_id in made}))
    return len(made)


def _add_revision(tx: Tx, evidence_id: int, number: int, staged: Staged) -> None:
    tx.add(
        EvidenceRevision(
            evidence_id=evidence_id,
            number=number,
            sha256=staged.sha256,
            filename=staged.name,
            uploaded_by=tx.actor.user_id,
        )
    )
