"""The audit log in Chinese: operations, resources, fields and states as people call them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.accountability.words import WORDS as ACCOUNTABILITY
from app.appraisals.words import WORDS as APPRAISALS
from app.assignments.models import ACTIVITY_KIND_LABELS
from app.assignments.rules import WORKFLOW as ASSIGNMENTS
from app.boxes.words import WORDS as BOXES
from app.breakdowns.words import WORDS as BREAKDOWNS
from app.briefs.words import WORDS as BRIEFS
from app.campaigns.words import WORDS as CAMPAIGNS
from app.cases.words import WORDS as CASES
from app.channels.words import WORDS as CHANNELS
from app.complaints.words import WORDS as COMPLAINTS
from app.core.operation import OPERATIONS as NAMED
from app.core.policy import ROLE_LABELS
from app.core.tables import at_minute
from app.core.words import Words
from app.core.workflow import Workflow
from app.documents.words import WORDS as DOCUMENTS
from app.events.codes import CODES
from app.exports.models import STATE_LABELS as EXPORT_STATES
from app.extensions.rules import WORKFLOW as EXTENSIONS
from app.filings.words import WORDS as FILINGS
from app.identity.words import WORDS as IDENTITY
from app.imports.words import WORDS as IMPORTS
from app.indicators.words import WORDS as INDICATORS
from app.inspections.rules import FINDING_WORKFLOW as FINDINGS
from app.inspections.rules import WORKFLOW as INSPECTIONS
from app.integrity_risks.words import WORDS as INTEGRITY_RISKS
from app.jobs.models import STATE_LABELS as JOB_STATES
from app.liaison_visits.words import WORDS as LIAISON_VISITS
from app.major_decisions.words import WORDS as MAJOR_DECISIONS
from app.plans.models import CADENCE_LABELS, EVIDENCE_KIND_LABELS, ROLE_WORDS
from app.plans.rules import WORKFLOW as PLANS
from app.rectifications.rules import WORKFLOW as RECTIFICATIONS
from app.robots.words import WORDS as ROBOTS
from app.setup.words import WORDS as SETUP
from app.succession.words import WORDS as SUCCESSION
from app.summaries.words import WORDS as SUMMARIES
from app.venue_activities.words import WORDS as VENUE_ACTIVITIES
from app.webhooks.words import WORDS as WEBHOOKS

PARTS: tuple[Words, ...] = (
    ACCOUNTABILITY,
    APPRAISALS,
    BOXES,
    BREAKDOWNS,
    BRIEFS,
    CAMPAIGNS,
    CASES,
    CHANNELS,
    COMPLAINTS,
    DOCUMENTS,
    FILINGS,
    IDENTITY,
    IMPORTS,
    INDICATORS,
    INTEGRITY_RISKS,
    LIAISON_VISITS,
    MAJOR_DECISIONS,
    SUMMARIES,
    ROBOTS,
    SETUP,
    SUCCESSION,
    VENUE_ACTIVITIES,
    WEBHOOKS,
)
"""Folders that bring their own words; those of the others are here."""
WORKFLOWS: tuple[Workflow, ...] = (
    *(PLANS, ASSIGNMENTS, EXTENSIONS, INSPECTIONS, FINDINGS, RECTIFICATIONS),
    *(workflow for part in PARTS for workflow in part.workflows),
)

RESOURCES = {
    "appointment": "任职",
    "assignment": "任务",
    "audit": "审计日志",
    "calendar_day": "工作日历",
    "checklist": "检查清单",
    "dashboard": "统计看板",
    "evidence": "印证资料",
    "evidence_revision": "资料版本",
    "export_run": "导出",
    "extension": "延期申请",
    "finding": "问题",
    "inspection": "督查检查",
    "job": "后台工作",
    "leading_group": "领导小组",
    "liaison": "包联",
    "my_work": "我的待办",
    "notification": "通知",
    "plan": "方案",
    "plan_item": "方案任务项",
    "progress_report": "进展",
    "rectification": "整改",
    "request": "请求",
    "responsibility": "责任分工",
    "school_term": "学期",
    "unit": "单位",
    "unit_alias": "单位别名",
    "unit_group": "单位组",
    "urging": "催办",
    "visit": "检查记录",
}
VERBS = {
    "bulk": "批量办理",
    "change_password": "修改密码",
    "create": "新建",
    "delete": "删除",
    "dispatch": "下发",
    "edit": "修改",
    "end": "结束",
    "extend": "申请延期",
    "import": "导入",
    "issue": "印发",
    "issue_passwords": "发放一次性密码",
    "link": "关联",
    "report": "填报进展",
    "reset_password": "重置密码",
    "resolve": "识别责任单位",
    "revise": "更新版本",
    "revoke": "停用",
    "setup": "初始化",
    "unlink": "撤下",
    "undo_import": "撤销导入",
    "urge": "催办",
    "void": "作废",
}
OPERATIONS = {
    "appointment.create": "登记任职",
    "appointment.end": "结束任职",
    "leading_group.create": "成立",
    "leading_group.change": "调整",
    "leading_group.dissolve": "撤销",
    "job.retry": "重试",
    "export_run.create": "发起导出",
    "export_run.finish": "生成完毕",
    "export_run.end_in_vain": "没有完成",
    "export_run.expire": "到期删除文件",
    "evidence.create": "上传",
    "rectification.open": "立项整改",
    "rectification.disclose": "写明来源",
    "unit.found_bureau": "建立教育局",
    "calendar_day.load_year": "载入全年节假日",
    "calendar_day.put": "设置工作日",
    "plan.renew": "生成新一期任务",
    "plan.take_in": "纳入新设单位",
    "archive_box.create_by_rule": "按方案分盒",
    "notification.remind": "提醒时限",
    "notification.mark_read": "标为已读",
    "notification.mark_all_read": "全部标为已读",
    "plan.import_items": "导入任务",
    "assignment.import": "导入进展",
    "assignment.move_deadline": "时限调整",
    "visit.remove": "撤去检查记录",
    "visit.record": "记录检查",
    "audit.verify": "校验日志链",
    "audit.export": "导出日志",
    "audit.archive": "归档日志",
    "audit.restore": "从备份恢复",
    "request.get": "查看",
    "request.post": "提交",
    "request.patch": "修改",
    "request.put": "修改",
    "request.delete": "删除",
    **{f"{workflow.name}.{t.action}": t.label for workflow in WORKFLOWS for t in workflow},
}
FIELDS = {
    "state": "状态",
    "action": "办理方式",
    "add": "新增",
    "aliases": "别名",
    "archived": "已归档",
    "assignment_id": "任务",
    "copies": "份数",
    "corrected": "改正数",
    "entry_id": "目录条目",
    "evidence_id": "资料",
    "format": "格式",
    "from_on": "起",
    "item_ids": "任务项",
    "kinds": "资料类别",
    "plan_item_id": "任务项",
    "inherited": "沿用上一版设置的任务项",
    "settled_names": "沿用上一版认定的责任单位",
    "continues_id": "接续的任务项",
    "paired": "由人指明接续",
    "to_on": "止",
    "event_id": "记录号",
    "events": "记录",
    "fault": "问题",
    "filters": "筛选条件",
    "list": "列表",
    "size": "字节数",
    "rows": "行数",
    "noun": "所办事项",
    "ok": "校验通过",
    "seals": "封条",
    "through": "归档到",
    "signature": "签名",
    "unproven": "未签名的归档",
    "restores": "从备份恢复的次数",
    "audit.taken_at": "备份的时刻",
    "audit.restored_at": "恢复的时刻",
    "audit.ends": "备份里各链的末尾封条",
    "basis": "依据",
    "cadence": "周期",
    "category": "类别",
    "cause": "原因",
    "code": "编码",
    "completed_at": "办结时间",
    "correction": "整改要求",
    "count": "数量",
    "deadline_on": "完成时限",
    "description": "描述",
    "disabled": "停用",
    "disabled_at": "停用时间",
    "document_number": "文号",
    "evidence_on": "形成日期",
    "filename": "文件名",
    "goal": "整改目标",
    "host_ids": "所在单位",
    "import_id": "导入",
    "keep": "保留",
    "kind": "类别",
    "left_out": "未发放",
    "level": "级别",
    "measures": "措施",
    "name": "名称",
    "note": "说明",
    "number": "编号",
    "opinion": "验收意见",
    "original_deadline_on": "原定时限",
    "percent": "进度",
    "place": "地点",
    "participants": "参加人数",
    "evidence_ids": "随附资料",
    "activity": "活动类别",
    "period": "周期",
    "previous_id": "接续的方案",
    "moved": "接续",
    "new": "新增",
    "changed": "改动",
    "reports": "填报条数",
    "reason": "理由",
    "recursive": "含下级",
    "report_count": "填报次数",
    "reported_on": "进展日期",
    "responsibilities": "责任单位",
    "responsible_leader": "责任领导",
    "responsible_person": "责任人",
    "result": "整改情况",
    "retire": "收回",
    "revision": "版本",
    "role": "角色",
    "round": "轮次",
    "send_back_count": "退回次数",
    "severity": "严重程度",
    "sha256": "文件校验值",
    "submit_count": "提交次数",
    "submitted_at": "提交时间",
    "acknowledged_at": "签收时间",
    "sent_at": "重新下发时间",
    "target": "关联类别",
    "target_id": "关联事项",
    "text": "内容",
    "title": "标题",
    "unit_id": "单位",
    "uploaded_by": "上传人",
    "user_id": "用户",
    "view": "所看内容",
    "valid_from": "起始日期",
    "valid_to": "截止日期",
    "void_reason": "作废原因",
    "voided_at": "作废时间",
    "pages": "页数",
    "rows_gone": "清除行数",
}
for part in PARTS:
    RESOURCES |= part.resources
    OPERATIONS |= part.operations
    FIELDS |= part.fields
_STATES: dict[str, Mapping[Any, str]] = {workflow.name: workflow.labels for workflow in WORKFLOWS}
_STATES |= {"export_run": EXPORT_STATES, "job": JOB_STATES}
_VALUES: dict[str, Mapping[Any, str]] = {
    "cadence": CADENCE_LABELS,
    "kind": EVIDENCE_KIND_LABELS,
    "activity": ACTIVITY_KIND_LABELS,
    "role": {**ROLE_WORDS, **ROLE_LABELS},
    **{field: labels for part in PARTS for field, labels in part.values.items()},
}


def operation(name: str) -> str:
    """``assignment.send_back`` → 退回."""
    return OPERATIONS.get(name) or VERBS.get(name.rpartition(".")[2]) or name


def operations(of: str | None = None) -> list[tuple[str, list[tuple[str, str]]]]:
    """All that can be done, by what it is done to, or to one resource ``of`` alone: (noun, [(name, words)])."""
    known = {name for name in OPERATIONS if "." in name} | NAMED
    nouns = sorted({name.partition(".")[0] for name in known}, key=noun)
    return [
        (noun(each), sorted(((n, operation(n)) for n in known if n.startswith(f"{each}.")), key=lambda pair: pair[1]))
        for each in nouns
        if of in (None, each)
    ]


FAULTS = {
    "changed": "被改动",
    "missing": "不在了",
    "extra": "是后来塞进去的",
    "swapped": "与另一条被调换",
    "twice": "被封了两次",
}


def fault(check: Mapping[str, Any] | None) -> str:
    """What a check of the chain found, in short; the command ``qinglian audit verify`` says more."""
    if check is None or check.get("ok"):
        return ""
    kind = check.get("fault")
    return f"第 {check.get('event_id')} 号记录{FAULTS[kind]}" if kind in FAULTS else "封条缺少或被改动"


def explanation(event: Mapping[str, Any]) -> str:
    """Why it was refused, or that a reason was given and how long it is: never the words themselves."""
    if event["outcome"] == "refused":
        said = CODES.get(event["code"] or "", "当时不符合办理条件")
        return said if event["operation"] == "session.create" else f"{operation(event['operation'])}：{said}"
    return f"已填写 · {event['reason']['length']} 字" if event["reason"] else ""


def noun(name: str) -> str:
    """``role_grant`` → 授权."""
    return RESOURCES.get(name, name)


def resource(event: Mapping[str, Any]) -> str:
    words = noun(event["resource"])
    return f"{words} #{event['resource_id']}" if event["resource_id"] else words


def changes(event: Mapping[str, Any]) -> list[tuple[str, str | None, str | None, bool, bool]]:
    """Rows of the before/after table: field, before, after, and whether each is hidden text."""
    before, after = event["before"] or {}, event["after"] or {}
    rows = []
    for name in dict.fromkeys([*before, *after]):
        old, old_hidden = _value(event["resource"], name, before.get(name))
        new, new_hidden = _value(event["resource"], name, after.get(name))
        words = FIELDS.get(f"{event['resource']}.{name}") or FIELDS.get(name, name)
        rows.append((words, old, new, old_hidden, new_hidden))
    return rows


def _value(of: str, field: str, value: Any) -> tuple[str | None, bool]:
    if value is None:
        return None, False
    if isinstance(value, dict):
        if "length" in value:
            return f"已隐去 · {value['length']} 字", True
        if "entries" in value:
            return f"{value['entries']} 项", False
        return "、".join(f"{key} {each}" for key, each in value.items()), False
    if isinstance(value, list):
        return f"{len(value)} 项", False
    if isinstance(value, bool):
        return "是" if value else "否", False
    if field == "state":
        return _STATES.get(of, {}).get(value, value), False
    labels = _VALUES.get(f"{of}.{field}") or _VALUES.get(field)
    if labels:
        return labels.get(value, value), False
    if field.endswith("_at") and isinstance(value, str):
        return at_minute(datetime.fromisoformat(value)), False
    return str(value), False
