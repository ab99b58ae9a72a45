"""What the demo's public has reported: one matter in each state, one with a name, one that only the discipline team
sees. All of it is invented."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from app.complaints import intake, registering
from app.complaints import operations as ops
from app.complaints.forms import ComplaintRegister, ComplaintSubmit, ReporterAnswer, ReporterRating
from app.complaints.models import COMPLAINT, Arrival, Assignment, Category, Conclusion, Result, Satisfaction, Saying
from app.core.operation import Tx
from app.core.policy import SYSTEM, Actor
from app.demo.bureau import Bureau
from app.demo.diary import Diary

Act = Callable[[Tx], Any]
ADDRESS = "demo"


class _Report:
    """One complaint, and what became of it, a few days after each other."""

    def __init__(self, diary: Diary, bureau: Bureau, day: int, category: Category, text: str, **fields: Any) -> None:
        self.diary, self.bureau, self.day = diary, bureau, day
        unit = fields.pop("unit")
        self.given = ComplaintSubmit(unit_id=bureau.unit[unit], category=category, text=text, **fields)
        self.id, self.receipt = 0, ""
        diary.note(day, 30, SYSTEM, self._submit)

    def _submit(self, tx: Tx) -> None:
        self.receipt = intake.submit(tx, self.given, f"demo {self.given.text}")
        mine = COMPLAINT.c.receipt_hash == intake.hash_of(tx.settings.secret, self.receipt)
        self.id = tx.connection.execute(COMPLAINT.select().where(mine)).one().id

    def then(self, after: int, who: Actor, do: Callable[[Tx, int], Any]) -> "_Report":
        self.diary.note(self.day + after, 90, who, lambda tx: do(tx, self.id))
        return self

    def given_to(self, after: int, office: str) -> "_Report":
        """Accepted, and handled by the office's clerk."""
        handler = self.bureau.of(office)
        assert handler.user_id is not None
        to = Assignment(handling_unit_id=self.bureau.unit[office], handler_id=handler.user_id)
        supervisor = self.bureau.actors["supervisor"]
        self.then(after, supervisor, ops.accept)
        return self.then(after, supervisor, lambda tx, id: ops.assign(tx, id, to))

    def ended(self, after: int, who: Actor, result: Result, conclusion: str) -> "_Report":
        closed = Conclusion(result=result, conclusion=conclusion)
        return self.then(after, who, lambda tx, id: ops.conclude(tx, id, closed))

    def reporter(self, after: int, act: Act) -> "_Report":
        self.diary.note(self.day + after, 600, SYSTEM, act)
        return self


def note(diary: Diary, bureau: Bureau) -> _Report:
    """The one whose receipt may be tried."""
    supervisor, discipline = bureau.actors["supervisor"], bureau.actors["discipline"]
    training, personnel = bureau.of("职成股"), bureau.of("人事股")

    text = "放学后校门东侧的居民楼里有人挂着“自习室”的牌子补课，周末也有，一次十几个学生。"
    asked = Saying(text="请补充具体的楼号和大致时间，方便我们去现场。")
    tutoring = _Report(diary, bureau, -24, Category.HIDDEN_TRAINING, text, unit="第二小学").given_to(2, "职成股")
    tutoring.then(3, training, ops.investigate).then(5, training, lambda tx, id: ops.ask(tx, id, asked))
    tutoring.reporter(7, lambda tx: _answer(tx, tutoring.receipt, "三号楼一单元，周六上午九点到十一点。"))

    text = "开学时统一收了一笔“资料费”，没有给票据，也没有公示。"
    fees = _Report(diary, bureau, -40, Category.FEES, text, unit="第三中学").given_to(2, "计财股")
    accountant = bureau.of("计财股")
    fees.then(3, accountant, ops.investigate)
    said = "经查，年级组统一收取资料费未公示，已全部退还，并对负责人批评教育。"
    fees.ended(15, accountant, Result.SUBSTANTIATED, said).then(18, accountant, ops.reply)
    fees.reporter(20, lambda tx: _rate(tx, fees.receipt))
    fees.then(24, supervisor, ops.archive)

    text = "课堂上有教师用挖苦的话批评学生，不止一次。"
    with_name = {"name": "苏文", "contact": "suwen@example.com", "accused": "蒋老师"}
    ethics = _Report(diary, bureau, -20, Category.ETHICS, text, unit="东关小学", **with_name).given_to(1, "人事股")
    ethics.then(2, personnel, ops.investigate)
    ethics.then(3, personnel, lambda tx, id: ops.identify(tx, id, "约举报人了解具体情况。"))
    ethics.ended(14, personnel, Result.PARTLY, "经核实部分属实，学校已责成当事教师向学生道歉，并安排师德培训。")

    text = "插班的条件没有在公告栏里写清楚，问了几次说法不一样。"
    _Report(diary, bureau, -9, Category.ADMISSIONS, text, unit="育才小学").given_to(3, "教育股")

    text = "小区门口的早餐摊占道，送孩子不方便。"
    outside = "早餐摊占道由城市管理部门负责，不属于教育局受理范围，请拨打 12345 反映。"
    stall = _Report(diary, bureau, -12, Category.OTHER, text, unit="第一小学")
    stall.then(2, supervisor, lambda tx, id: ops.reject(tx, id, outside))

    text = "校舍维修的材料与合同写的牌号不符。"
    moved = "涉及工程质量，已移送区住房和城乡建设部门核查。"
    works = _Report(diary, bureau, -16, Category.PROCUREMENT, text, unit="第一中学")
    works.then(3, supervisor, lambda tx, id: ops.transfer(tx, id, moved))

    text = "晚自习后有人在校门口发补课传单，说是本校老师授课。"
    _Report(diary, bureau, -2, Category.PAID_TUTORING, text, unit="第一中学")
    own = _Report(diary, bureau, -6, Category.OTHER, "办事要跑几趟，同一份材料每次说法不同。", unit="人事股")
    own.then(1, discipline, ops.accept)
    diary.note(-8, 70, supervisor, lambda tx: _letter(tx, bureau.unit["实验小学"]))
    return tutoring


def _letter(tx: Tx, unit_id: int) -> None:
    text = "来信反映学校食堂的菜价和份量没有公示，家长委员会几次询问没有回音。"
    came = {"channel": Arrival.LETTER, "received_on": tx.today - timedelta(days=2)}
    registering.register(
        tx, ComplaintRegister(unit_id=unit_id, category=Category.OTHER, text=text, **came), "demo letter"
    )


def _answer(tx: Tx, receipt: str, text: str) -> None:
    intake.answer(tx, ADDRESS, ReporterAnswer(receipt=receipt, text=text))


def _rate(tx: Tx, receipt: str) -> None:
    intake.rate(tx, ADDRESS, ReporterRating(receipt=receipt, satisfaction=Satisfaction.SATISFIED))
