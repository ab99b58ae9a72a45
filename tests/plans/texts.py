"""Plans written for the tests, in layouts that the bureau's own plans have."""

from typing import Any

from starlette.testclient import TestClient

PLAN = """青川区教育局2026年清廉学校建设工作方案

为持续推进清廉学校建设，根据《关于推进清廉学校建设的意见》，制定本方案。

一、总体要求
坚持以人民为中心，营造风清气正的教育生态。

二、重点任务
（一）压实责任
1.落实党建责任清单。主要措施：修订责任清单，每半年研究一次。责任股室：党办、人事股、教育股，各学校（园）
完成时限：2026年10月底前
2.开展风险排查。主要措施：对照岗位逐一排查廉政风险。责任股室：督查室、校建办、培训中心
完成时限：每季度末
（二）营造氛围
3.建设清廉文化。主要措施：用好宣传橱窗、校园广播。牵头股室：教育股；配合股室：局办公室，各学校(园)
完成时限：长期坚持
4.规范收费行为。主要措施：开展收费联合检查。责任股室：计财股、校建办

三、工作要求
1.强化组织领导。各学校（园）要高度重视。
"""

KNOWN = """青川区教育局2026年阅读工作方案

一、主要任务
1.配齐图书。主要措施：每班设图书角。责任单位：教育股，各学校（园）
2.开展读书活动。主要措施：每月一次。责任单位：人事股
"""

REPORT = """关于2025年清廉学校建设工作的情况报告
2025年，全区教育系统深入推进清廉学校建设，取得了较好成效。现将有关情况报告如下。
我们坚持把纪律挺在前面，全年未发生重大违纪问题。
"""


def send(client: TestClient, content: str | bytes = PLAN, name: str = "方案.txt", **fields: Any) -> Any:
    data = content.encode() if isinstance(content, str) else content
    return client.post("/api/v1/plans/import", data=fields, files={"file": (name, data)})


def draft(client: TestClient, content: str | bytes = PLAN, name: str = "方案.txt") -> dict[str, Any]:
    """An imported plan, as its answer shows it."""
    made = send(client, content, name)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def items_of(client: TestClient, plan_id: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/v1/plan-items?plan_id={plan_id}").json()["data"]
    return found
