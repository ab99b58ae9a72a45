"""Whom the demo's bureau holds to account: what the ladder proposed a week ago, and how far each has come."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from app.accountability import ladder, triggers
from app.accountability import operations as ops
from app.accountability.models import ACTION, TRIGGER, ActionCreate, ActionKind, ActionPatch, ActionState, Cited
from app.accountability.triggers import Wanted
from app.core.operation import Tx
from app.demo.bureau import Bureau
from app.demo.diary import Diary

RUN = -6
REPLY = "逾期是因为交接不清。已明确专人负责，正在补齐资料，本周内办结。"
EFFECT = "已办结并补齐印证资料，复查没有发现新的拖延。"
TALK = "约谈了主要负责人，指出任务长期没有进展，要求三日内拿出办理计划并每周报告。"
STORIES = (
    (),
    ("approve",),
    ("approve", "serve"),
    ("approve", "serve", "reply"),
    ("approve", "serve", "reply", "close"),
)
"""How far the first proposals come; the next one is withdrawn, and the one after that the 督导室 talks about."""
_PROPOSED = (
    sa.select(ACTION.c.id, ACTION.c.unit_id, TRIGGER.c.kind, TRIGGER.c.source_id)
    .join(TRIGGER, TRIGGER.c.action_id == ACTION.c.id)
    .where(ACTION.c.district_id == sa.bindparam("district"), ACTION.c.state == ActionState.PROPOSED)
    .order_by(ACTION.c.id, TRIGGER.c.id)
)


def note(diary: Diary, bureau: Bureau) -> None:
    Holding(diary, bureau).note()


class Holding:
    """Each act finds its row when its day has come; a plan of one's own may have nothing late."""

    def __init__(self, diary: Diary, bureau: Bureau) -> None:
        self.diary = diary
        self.bureau = bureau
        self.rows: list[Any] = []
        self.talk: int | None = None

    def note(self) -> None:
        self._act(RUN, 60, "supervisor", self._run)
        days = {"approve": (RUN + 1, "leader"), "serve": (RUN + 1, "supervisor"), "close": (-1, "supervisor")}
        words = {"close": EFFECT}
        for place, steps in enumerate(STORIES):
            for step in steps:
                if step == "reply":
                    self._reply(place)
                else:
                    day, who = days[step]
                    self._step(place, day, 10 * place + 40 * (step == "serve"), who, ops.STEPS[step], words.get(step))
        self._step(len(STORIES), RUN + 1, 100, "leader", ops.withdraw, "已口头提醒，暂不提出。")
        self._talk()

    def _run(self, tx: Tx) -> None:
        ladder.run(tx)
        of: dict[int, Any] = {}
        for row in tx.connection.execute(_PROPOSED, {"district": tx.actor.district_id}):
            if self.bureau.has_clerk(row.unit_id) and row.unit_id not in tx.actor.units:
                of.setdefault(row.unit_id, row)
        self.rows = list(of.values())
        for row in self.rows[: len(STORIES) + 1]:
            # For a beginning the office is content with a reminder.
            ops.edit(tx, row.id, ActionPatch(kind=ActionKind.REMINDER))

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

        self._act(-2, 10 * place, "supervisor", act)

    def _talk(self) -> None:
        """Proposed by the discipline team, served and held by the 督导室, and not replied to yet."""
        place = len(STORIES) + 1

        def propose(tx: Tx) -> None:
            if place >= len(self.rows):
                return
            row = self.rows[place]
            source = triggers.SOURCES[row.kind]
            if not any(source.find(tx, Wanted(source.by_hand, row.unit_id, row.source_id))):
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
