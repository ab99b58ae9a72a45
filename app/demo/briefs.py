"""What the demo's units send in: highlights, experience, publicity and situation analyses, some of them promoted."""

from functools import partial

from app.briefs import operations as ops
from app.briefs import sources
from app.briefs.models import BriefAdopt, BriefCreate, BriefKind
from app.core.operation import Tx
from app.demo import plan as plans
from app.demo.bureau import Bureau
from app.demo.diary import Diary
from app.plans import queries

BEGUN = -28
STORIES: tuple[tuple[str, ...], ...] = (
    ("submit", "select", "promote"),
    ("submit", "decline"),
    ("submit",),
    ("submit", "select"),
    (),
    ("submit", "withdraw", "submit", "select", "promote"),
)
DECLINED = "做法写得笼统，请补充具体措施和成效数据后另报。"
WRITTEN: tuple[tuple[str, BriefKind, str, str], ...] = (
    (
        "实验小学",
        BriefKind.HIGHLIGHT,
        "清廉家风进课堂",
        "学校把家风故事编成十二节微课，由班主任和家长代表共同讲授。\n已开课 36 节次，覆盖全部年级，收到家书 420 封。",
    ),
    (
        "第一中学",
        BriefKind.EXPERIENCE,
        "采购公开三步走",
        "需求由年级组提出，清单在校务公开栏公示，结果由教代会代表见证。\n全年采购 17 批次，没有收到异议。",
    ),
    (
        "第一幼儿园",
        BriefKind.PUBLICITY,
        "《伙食账目天天晒》报道",
        "区融媒体中心报道了伙食费公示和家长陪餐的做法。",
    ),
    (
        "柳林镇中心校",
        BriefKind.SITUATION_ANALYSIS,
        "课后服务经费使用的新情况",
        "今年起课后服务经费改为按月结算，部分村小结算人手不足，账目公示滞后。\n建议下一年方案增加中心校代为结算、统一公示的要求。",
    ),
    (
        "第二小学",
        BriefKind.HIGHLIGHT,
        "师德承诺上墙",
        "全体教师签订师德承诺书，在办公室门口公示，接受学生和家长评议。",
    ),
    (
        "人事股",
        BriefKind.EXPERIENCE,
        "岗位聘用全程留痕",
        "岗位设置、竞聘、公示各环节按清单留存资料，聘用结果和依据可查。",
    ),
    (
        "青川中学",
        BriefKind.SITUATION_ANALYSIS,
        "校外培训广告进校园的新情况",
        "近期有机构借捐赠文具之名散发培训广告。学校已清理并登记来访单位。\n建议方案中明确进校园活动的审批程序。",
    ),
    (
        "东关小学",
        BriefKind.PUBLICITY,
        "廉洁诗词诵读视频",
        "学生诵读视频在区教育局公众号发布。",
    ),
)
LINK = "https://www.example.com/qinglian/{number}.html"
"""An invented address: nobody is there."""


TAKEN_UP = {"课后服务经费使用的新情况": plans.SERVICES, "校外培训广告进校园的新情况": plans.OUTSIDERS}
"""In which item of the plan's next edition."""


HELD = "家校共育与师德修养报告会"
MADE_OF = (
    "实验小学",
    BriefKind.HIGHLIGHT,
    "家长走进师德报告会",
    "报告会邀请 60 名家长同听，会后收到建议 23 条，已逐条答复。",
)
AFTERWARDS = 12
"""Written of a lecture that the school held, once it was held."""


def note(diary: Diary, bureau: Bureau, plan_id: int, following: dict[str, int] | None) -> None:
    """``following``: the plan's next edition, which takes the analyses up, where there is one."""
    for number, (unit, kind, title, text) in enumerate(WRITTEN):
        written = _Written(diary, bureau, plan_id, bureau.unit[unit])
        written.note(number, kind, title, text)
        if following is not None and title in TAKEN_UP:
            written.take_up(following, TAKEN_UP[title])
    unit, kind, title, text = MADE_OF
    _Written(diary, bureau, plan_id, bureau.unit[unit], HELD).note(AFTERWARDS, kind, title, text)


class _Written:
    """One brief, and what became of it."""

    def __init__(self, diary: Diary, bureau: Bureau, plan_id: int, unit_id: int, held: str = "") -> None:
        self.diary, self.bureau, self.plan_id, self.unit_id = diary, bureau, plan_id, unit_id
        self.held = held
        self.id = 0

    def note(self, number: int, kind: BriefKind, title: str, text: str) -> None:
        clerk, supervisor = self.bureau.of(self.unit_id), self.bureau.actors["supervisor"]
        day = BEGUN + 2 * number
        link = LINK.format(number=number + 1) if kind == BriefKind.PUBLICITY else None

        def write(tx: Tx) -> None:
            given = {"unit_id": self.unit_id, "plan_id": self.plan_id, "written_on": tx.today, "link": link}
            if self.held:
                given["promoted_from"] = next(each for each, words in sources.choices(tx) if self.held in words)
            self.id = ops.create(tx, BriefCreate(kind=kind, title=title, text=text, **given))

        self.diary.note(day, 15 * number, clerk, write)
        story = STORIES[number % len(STORIES)]
        if kind == BriefKind.SITUATION_ANALYSIS:
            story = ("submit", "select")
        for at, step in enumerate(story, 1):
            actor = clerk if step in ("submit", "withdraw") else supervisor
            self.diary.note(day + at, 15 * number + at, actor, partial(self._step, step))

    def take_up(self, following: dict[str, int], item: str) -> None:
        def adopt(tx: Tx) -> None:
            plan_id = following["plan"]
            (item_id,) = (each["id"] for each in queries.all_items(tx, plan_id) if each["title"] == item)
            ops.adopt(tx, self.id, BriefAdopt(plan_id=plan_id, plan_item_id=item_id))

        self.diary.note(plans.REVISED_ON + 1, 90, self.bureau.actors["supervisor"], adopt)

    def _step(self, step: str, tx: Tx) -> None:
        ops.STEPS[step](tx, self.id, DECLINED if step == "decline" else None)
