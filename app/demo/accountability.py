"""Whom the demo's bureau holds to account: what the ladder proposed a week ago, and how far each has come."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from app.accountability import answering, ladder, triggers
from app.accountability import operations as ops
from app.accountability.models import ACTION, TRIGGER, ActionCreate, ActionKind, ActionPatch, ActionState, Cited
from app.core.operation import Tx
from app.demo.bureau import Bureau
from app.demo.diary import Diary
from app.documents import operations as documents
from app.documents.models import DocumentReceipt
from app.units.succession import stand_ins

RUN = -6
MOST = 60
"""Units of whose proposals something is told."""
REPLY = "逾期是因为交接不清。已明确专人负责，正在补齐资料，本周内办结。"
EFFECT = "已办结并补齐印证资料，复查没有发现新的拖延。"
TALK = "约谈了主要负责人，指出任务长期没有进展，要求三日内拿出办理计划并每周报告。"
Steps = tuple[str, ...]
CLOSED: Steps = ("approve", "serve", "reply", "close")
PAPER: Steps = ("approve", "draw_up", "serve", "reply", "close")
"""With a 督办单, which its unit receipts."""
STORIES: tuple[Steps, ...] = ((), ("approve",), ("approve", "serve"), CLOSED[:-1], CLOSED, ("withdraw",), (), PAPER)
"""How far the first units' proposals come; the 督导室 talks about the last but one."""
OTHERS: tuple[Steps, ...] = (CLOSED, ("approve", "serve"), ("withdraw",), CLOSED, ("withdraw",), ())
"""What becomes of all others, in turn: most have been dealt with."""
TALKED_ABOUT = 6
WORDS = {"close": EFFECT, "withdraw": "已口头提醒，暂不提出。"}
KEPT = 8
UNDER_WAY = "该单位同类事项已在办理，不重复提出。"
TOGETHER = "与该单位的另一项合并办理，不再单独提出。"
_PROPOSED = (
    sa.select(ACTION.c.id, ACTION.c.unit_id, TRIGGER.c.kind, TRIGGER.c.source_id)
    .join(TRIGGER, TRIGGER.c.action_id == ACTION.c.id)
    .where(ACTION.c.district_id == sa.bindparam("district"), ACTION.c.state == ActionState.PROPOSED)
    .order_by(ACTION.c.id, TRIGGER.c.id)
)


def _story(place: int) -> Steps:
    return STORIES[place] if place < len(STORIES) else OTHERS[(place - len(STORIES)) % len(OTHERS)]


def note(diary: Diary, bureau: Bureau) -> None:
    Holding(diary, bureau).note()


class Holding:
    """Each act finds its row when its day has come; a plan of one's own may have nothing late."""

    def __init__(self, diary: Diary, bureau: Bureau) -> None:
        self.diary = diary
        self.bureau = bureau
        self.rows: list[Any] = []
        """The first proposal about each unit."""
        self.more: list[int] = []
        self.talk: int | None = None

    def note(self) -> None:
        self._act(RUN, 60, "supervisor", self._run)
        self._act(RUN, 90, "supervisor", self._join)
        days = {"approve": (RUN + 1, "leader"), "serve": (RUN + 1, "supervisor"), "close": (-1, "supervisor")}
        days["withdraw"] = days["approve"]
        for place in range(MOST):
            for step in _story(place):
                if step == "reply":
                    self._reply(place)
                elif step == "draw_up":
                    self._paper(place)
                else:
                    day, who = days[step]
                    self._step(place, day, 5 * place + 40 * (step == "serve"), who, ops.STEPS[step], WORDS.get(step))
        self._talk()
        self._act(-1, 500, "supervisor", self._run_again)

    def _run_again(self, tx: Tx) -> None:
        """What was reached since: where something is under way already, one in so many is proposed all the same."""
        made = ladder.run(tx)
        known = tx.connection.execute(_PROPOSED, {"district": tx.actor.district_id}).all()
        others = {row.id for row in known if row.unit_id not in tx.actor.units} & set(made)
        for number, action_id in enumerate(sorted(others)):
            if number % KEPT:
                ops.withdraw(tx, action_id, UNDER_WAY)

    def _run(self, tx: Tx) -> None:
        ladder.run(tx)
        of: dict[int, Any] = {}
        for row in tx.connection.execute(_PROPOSED, {"district": tx.actor.district_id}):
            if self.bureau.has_clerk(row.unit_id) and row.unit_id not in tx.actor.units:
                first = of.setdefault(row.unit_id, row)
                if row.id != first.id and row.id not in self.more:
                    self.more.append(row.id)
        self.rows = list(of.values())
        for place, row in enumerate(self.rows[:MOST]):
            story = _story(place)
            if "approve" in story:
                # For a beginning the office is content with a reminder.
                kind = ActionKind.URGING_ORDER if "draw_up" in story else ActionKind.REMINDER
                ops.edit(tx, row.id, ActionPatch(kind=kind))

    def _join(self, tx: Tx) -> None:
        """A unit is held to account for one thing at a time."""
        for action_id in self.more:
            ops.withdraw(tx, action_id, TOGETHER)

    def _act(self, day: int, at: int, who: str, do: Callable[[Tx], Any]) -> None:
        self.diary.note(day, at, self.bureau.actors[who], do)

    def _step(self, place: int, day: int, at: int, who: str, step: Callable[..., Any], note: str | None = None) -> None:
        def act(tx: Tx) -> None:
            if place < len(self.rows):
                step(tx, self.rows[place].id, note)

        self._act(day, at, who, act)

    def _reply(self, place: int) -> None:
        """By the clerk of whichever unit it is about."""

        def act(tx: Tx) -> None:
            if place < len(self.rows):
                tx.actor = self.bureau.of(self.rows[place].unit_id)
                ops.reply(tx, self.rows[place].id, REPLY)

        self._act(-2, 5 * place, "supervisor", act)

    def _paper(self, place: int) -> None:
        """Drawn up and approved before it is served along, and receipted the day after."""

        def step(day: int, at: int, who: str, take: Callable[[Tx, int], Any]) -> None:
            def act(tx: Tx) -> None:
                if place < len(self.rows):
                    mine = sa.select(ACTION.c.document_id).where(ACTION.c.id == self.rows[place].id)
                    take(tx, tx.connection.execute(mine).scalar_one())

            self._act(day, 5 * place + at, who, act)

        def receipt(tx: Tx, paper: int) -> None:
            tx.actor = self.bureau.of(self.rows[place].unit_id)
            documents.receipt(tx, paper, DocumentReceipt(receiver=tx.actor.name, note="已收到，立即组织整改。"))

        self._step(place, RUN + 1, 5 * place + 5, "supervisor", ops.draw_up)
        step(RUN + 1, 10, "supervisor", documents.submit)
        step(RUN + 1, 20, "leader", documents.approve)
        step(RUN + 2, 0, "supervisor", receipt)

    def _talk(self) -> None:
        """Proposed by the discipline team, served and held by the 督导室, and not replied to yet."""
        place = TALKED_ABOUT

        def propose(tx: Tx) -> None:
            if place >= len(self.rows):
                return
            row = self.rows[place]
            source = triggers.SOURCES[row.kind]
            if not any(answering.found_of(tx, source, row.unit_id, stand_ins(tx), row.source_id)):
                return
            cited = [Cited(kind=row.kind, source_id=row.source_id)]
            given = {"kind": ActionKind.SUPERVISION_TALK, "reason": "多次催办没有改进，需要当面约谈。"}
            self.talk = ops.create(tx, ActionCreate(unit_id=row.unit_id, triggers=cited, **given))

        def step(who: str, at: int, take: Callable[..., Any], note: str | None = None) -> None:
            def act(tx: Tx) -> None:
                if self.talk is not None:
                    take(tx, self.talk, note)

            actor = self.bureau.actors[who] if who in self.bureau.actors else self.bureau.of(who)
            self.diary.note(RUN + 2, at, actor, act)

        self._act(RUN, 120, "discipline", propose)
        step("leader", 0, ops.approve)
        step("督导室", 60, ops.serve)
        step("督导室", 240, ops.perform, TALK)
