"""The sections of a yearly summary, in their order. Another one is a line here and a file of its own."""

from app.summaries.sections.accountability import told as accountability
from app.summaries.sections.activities import told as activities
from app.summaries.sections.appraisals import told as appraisals
from app.summaries.sections.areas import told as areas
from app.summaries.sections.campaigns import told as campaigns
from app.summaries.sections.circulars import told as circulars
from app.summaries.sections.complaints import told as complaints
from app.summaries.sections.decisions import told as decisions
from app.summaries.sections.filings import told as filings
from app.summaries.sections.findings import told as findings
from app.summaries.sections.highlights import told as highlights
from app.summaries.sections.indicators import told as indicators
from app.summaries.sections.inspections import told as inspections
from app.summaries.sections.overview import told as overview
from app.summaries.sections.prose import problems, suggestions
from app.summaries.sections.ranks import told as ranks
from app.summaries.sections.rectifications import told as rectifications
from app.summaries.sections.responsibility import told as responsibility
from app.summaries.sections.risks import told as risks
from app.summaries.sections.visits import told as visits
from app.summaries.telling import Section

COMPLAINTS = "complaints"
SECTIONS: tuple[Section, ...] = (
    Section("overview", "总体情况", overview),
    Section("areas", "各方面任务完成情况", areas),
    Section("responsibility", "组织领导和责任落实", responsibility),
    Section("ranks", "单位排名", ranks),
    Section("appraisals", "作风考核", appraisals),
    Section("inspections", "督查检查", inspections),
    Section("campaigns", "专项行动", campaigns),
    Section("findings", "督查发现的问题", findings),
    Section("rectifications", "问题整改", rectifications),
    Section("accountability", "问责", accountability),
    Section("circulars", "案件通报", circulars),
    Section("risks", "廉政风险防控", risks),
    Section("decisions", "三重一大", decisions),
    Section("filings", "备案", filings),
    Section("indicators", "指标", indicators),
    Section(COMPLAINTS, "信访举报", complaints),
    Section("visits", "包联走访", visits),
    Section("activities", "活动", activities),
    Section("highlights", "亮点和经验", highlights),
    Section("problems", "存在的主要问题", problems),
    Section("suggestions", "下一年工作建议", suggestions),
)
LABELS = {section.key: section.title for section in SECTIONS}
