"""The JSON API as one application: routers, error handlers, middleware, nothing else."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache

from fastapi import FastAPI
from fastapi.middleware import Middleware
from fastapi.routing import iter_route_contexts
from starlette.concurrency import run_in_threadpool
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from app import VERSION, probes, readiness
from app.accountability import api as accountability
from app.accountability import carrying as claims_carried
from app.accountability import ladder, triggers
from app.accountability.importing import PAST_ACTIONS
from app.appointments import api as appointments
from app.appointments.importing import APPOINTMENTS
from app.appraisals import api as appraisals
from app.appraisals import carrying as appraisals_carried
from app.appraisals.citing import LOWEST, LOWEST_SHARE
from app.appraisals.importing import TAKEN
from app.appraisals.importing_criteria import CRITERION_TABLE
from app.assignments import api as assignments
from app.assignments import carrying
from app.assignments.importing import PROGRESS
from app.assignments.renewal import renew_all
from app.boxes import api as boxes
from app.boxes import carrying as boxes_carried
from app.boxes.importing import CATALOGUES
from app.breakdowns import api as breakdowns
from app.breakdowns.importing import STEPS
from app.breakdowns.importing_measures import MEASURES
from app.briefs import api as briefs
from app.briefs import operations as briefs_adopted
from app.briefs.importing import BRIEFS
from app.calendars import api as calendars
from app.campaigns import api as campaigns
from app.campaigns import expanding as campaigns_expanding
from app.campaigns.importing import CAMPAIGN_TABLE
from app.campaigns.importing_self_checks import SELF_CHECK_TABLE
from app.cases import api as cases
from app.channels import api as channels
from app.channels import digests
from app.channels.working import KINDS as channels_at_work
from app.complaints import api as complaints
from app.complaints import limiting
from app.complaints.citing import COMPLAINTS
from app.complaints.importing import PAST_COMPLAINTS
from app.core import audit, idempotency, refusals
from app.core.db import Database
from app.core.headers import SecurityHeaders, content_security_policy
from app.core.http import respond_json
from app.core.metrics import Metrics
from app.core.observed import Observed
from app.core.openapi import describe, publish
from app.dashboard import api as dashboard
from app.documents import api as documents
from app.events import api as events
from app.evidence import api as evidence
from app.evidence.sweeping import AWAITED, keep_swept
from app.exports import api as exports
from app.exports.pruning import prune_all as prune_exports
from app.exports.working import KINDS as exports_at_work
from app.extensions import api as extensions
from app.filings import api as filings
from app.filings.importing import FILINGS
from app.identity import api as identity
from app.identity import operations as accounts
from app.identity import scopes, sessions
from app.identity.gate import PUBLIC, Gate, Respond
from app.identity.importing import GRANTS, USERS
from app.imports import api as imports
from app.imports import queries as imports_known
from app.imports import registry as importables
from app.imports.pruning import prune_all as prune_imports
from app.imports.working import KINDS as imports_at_work
from app.indicators import api as indicators
from app.indicators.importing import VALUES
from app.indicators.importing_definitions import DEFINITIONS
from app.inspections import api as inspections
from app.inspections.importing import FINDINGS
from app.installation import Installation
from app.integrity_risks import api as integrity_risks
from app.integrity_risks import operations as risks
from app.integrity_risks.importing import RISKS
from app.jobs import api as queue
from app.jobs import registry as jobs
from app.jobs import schedules
from app.leading_groups import api as leading_groups
from app.leading_groups.importing import GROUPS
from app.liaison_visits import api as liaison_visits
from app.liaison_visits.importing import VISITS
from app.major_decisions import api as major_decisions
from app.major_decisions.importing import MATTERS
from app.my_work import api as my_work
from app.notifications import api as notifications
from app.notifications import operations as notices
from app.plans import api as plans
from app.plans import drafts
from app.plans.importing import ITEMS
from app.rectifications import api as rectifications
from app.rectifications.importing import RECTIFICATIONS
from app.robots import api as robots
from app.robots import working as telling
from app.settings import Settings
from app.setup import api as setup
from app.succession import api as succession
from app.summaries import api as summaries
from app.summaries import carrying as summaries_carried
from app.units import api as units
from app.units.importing import LIAISONS, UNITS
from app.venue_activities import api as venue_activities
from app.venue_activities.importing import VENUE_ACTIVITIES
from app.webhooks import api as webhooks
from app.webhooks import operations as pushing
from app.webhooks.hearing import hear_all
from app.webhooks.sending import send_some
from app.worker import Worker

API_ROUTERS = (
    identity.router,
    units.router,
    succession.router,
    calendars.router,
    setup.router,
    appointments.router,
    leading_groups.router,
    indicators.router,
    indicators.values,
    plans.router,
    assignments.router,
    extensions.router,
    evidence.router,
    boxes.router,
    inspections.router,
    rectifications.router,
    campaigns.router,
    filings.router,
    integrity_risks.router,
    major_decisions.router,
    complaints.router,
    breakdowns.router,
    briefs.router,
    liaison_visits.router,
    venue_activities.router,
    cases.router,
    documents.router,
    appraisals.router,
    accountability.router,
    my_work.router,
    dashboard.router,
    summaries.router,
    notifications.router,
    channels.router,
    imports.router,
    exports.router,
    queue.router,
    webhooks.router,
    robots.router,
    events.router,
)
importables.register(UNITS, USERS, GRANTS, LIAISONS, APPOINTMENTS, ITEMS, PROGRESS, FINDINGS, RECTIFICATIONS, VALUES)
carrying.register(boxes_carried.move)
carrying.register(appraisals_carried.move, summaries_carried.move, claims_carried.move)
drafts.register(briefs_adopted.leave_draft)
triggers.register(COMPLAINTS)
triggers.register(LOWEST)
triggers.register(LOWEST_SHARE)
importables.register(RISKS)
importables.register(MATTERS)
importables.register(TAKEN)
importables.register(CRITERION_TABLE)
importables.register(GROUPS, FILINGS, VISITS, VENUE_ACTIVITIES, BRIEFS)
importables.register(STEPS, MEASURES)
importables.register(DEFINITIONS)
importables.register(PAST_ACTIONS)
importables.register(CAMPAIGN_TABLE, SELF_CHECK_TABLE)
importables.register(PAST_COMPLAINTS)
importables.register(CATALOGUES)
AWAITED.append(imports_known.awaited)
accounts.WHEN_MADE_FOR_ANOTHER.append(notices.tell_of_token)
for name, kind in (imports_at_work | exports_at_work | channels_at_work | telling.KINDS).items():
    jobs.register(name, kind)
schedules.schedule("assignments.renew", "生成新一期任务", schedules.hourly, renew_all)
schedules.schedule("notifications.remind", "提醒时限", schedules.daily_from(7), schedules.performing(notices.remind))
schedules.schedule(
    "integrity_risks.fall_due", "廉政风险到期复评", schedules.daily_from(0), schedules.performing(risks.fall_due)
)
schedules.schedule("accountability.run", "按阶梯提出问责", schedules.daily_from(6), schedules.performing(ladder.run))
schedules.schedule(
    "campaigns.take_in",
    "专项行动纳入新设单位",
    schedules.daily_from(1),
    schedules.performing(campaigns_expanding.take_in),
)
schedules.schedule("digests.prepare", "准备邮件摘要", schedules.daily_from(8), schedules.performing(digests.prepare))
schedules.schedule("robots.prepare", "准备群消息", schedules.daily_from(8), schedules.performing(telling.prepare))
for name, label, prune in (
    ("notifications", "清理旧通知", schedules.performing(notices.prune)),
    ("digests", "清理邮件摘要的记录", schedules.performing(digests.prune)),
    ("robots", "清理群消息的记录", schedules.performing(telling.prune)),
    ("webhooks", "清理推送记录", schedules.performing(pushing.prune)),
    ("jobs", "清理后台工作记录", schedules.performing(schedules.prune)),
    ("imports", "清理导入的逐行记录", prune_imports),
    ("exports", "删除到期的导出文件", prune_exports),
    ("idempotency", "清理到期的重复提交记录", schedules.emptying(idempotency.prune)),
    ("sessions", "清理旧的登录记录", schedules.emptying(sessions.prune)),
    ("complaints", "销毁前一日的举报限次密钥", limiting.forget_all),
):
    schedules.schedule(f"{name}.prune", label, schedules.daily_from(2), prune)
jobs.register_loop("schedules", jobs.Loop(schedules.put_due, pause_s=schedules.LOOK_S))
jobs.register_loop("webhooks-hear", jobs.Loop(hear_all))
jobs.register_loop("webhooks-send", jobs.Loop(send_some, threads=3))
scopes.register(route for each in API_ROUTERS for route in iter_route_contexts(each.routes))
refusals.register(route for each in API_ROUTERS for route in iter_route_contexts(each.routes))
MIB = 1024 * 1024


@cache
def keep_what_stands() -> None:
    """What the start has made lives as long as the process: the collector need not go through it again and again. Done
    for the first application of a process. (To ask the collector what it keeps already is to go through it.)
    """
    gc.collect()
    gc.freeze()


def create_app(
    settings: Settings | None = None,
    database: Database | None = None,
    *,
    respond: Respond = respond_json,
    script_source: str = "",
    extend: Callable[[FastAPI], None] = lambda app: None,
) -> FastAPI:
    """``respond`` turns problems into answers, ``extend`` adds what stands on the API (the pages)."""
    settings = settings or Settings()
    database = database or Database(settings.url, settings.pool_size, settings.database_timeout_s)
    metrics = Metrics(database.metrics, lambda: readiness.free_bytes(settings), VERSION)
    audit.watch(database)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        keep_what_stands()
        worker = Worker(Installation(settings, database)) if settings.worker == "inside" else None
        if worker is not None:
            worker.start()
        sweeping = asyncio.create_task(keep_swept(database, settings))
        yield
        sweeping.cancel()
        if worker is not None:
            await run_in_threadpool(worker.stop)
        database.close()

    app = FastAPI(
        title="清廉 Qinglian",
        version=VERSION,
        description="区教育局年度工作方案的落实与督查。错误一律为 application/problem+json，code 不变，title 为中文。",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        # Not FastAPI's own limit for the whole application: it would stand outside the gate, and answer strangers.
        middleware=[
            Middleware(Observed, metrics=metrics),
            Middleware(
                SecurityHeaders,
                policy=content_security_policy(script_source),
                https=settings.https,
                subdomains=settings.hsts_subdomains,
            ),
            Middleware(Gate, database=database, settings=settings, respond=respond),
            Middleware(RequestBodyLimitMiddleware, max_body_size=MIB),
        ],
    )
    app.state.settings = settings
    app.state.database = database
    app.state.metrics = metrics
    app.state.readiness = probes.Readiness(database, settings)
    refusals.install_problem_handlers(app, respond)
    for router in API_ROUTERS:
        app.include_router(router)
    app.include_router(probes.router)
    extend(app)
    app.openapi = cache(lambda: describe(app, PUBLIC))  # type: ignore[method-assign]
    publish(app, "/api/v1/openapi.json")
    return app
