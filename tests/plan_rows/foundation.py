"""Pages and paths that no row's test walks through, each named with why: what every row stands on, and what a row's
people need beside its course from one end to the other. What is neither walked nor named here fails a test.

Paths are shapes: a page and its path in the API are one, and so are a list's exports, its printed page and its forms.
"""

FOUNDATION: dict[str, tuple[str, ...]] = {
    "Accounts, roles and tokens": (
        *("account", "api-tokens", "login", "logout", "me", "role-grants", "sessions", "unsubscribe", "users"),
    ),
    "Setting a bureau up": ("setup",),
    "Units, their names and groups, and what becomes of them": ("unit-aliases", "unit-groups", "units"),
    "Days and terms": ("calendar", "calendar-days", "school-terms"),
    "Looking over all rows": ("", "dashboard", "events", "exports", "my-work", "notifications", "search", "summaries"),
    "Bringing in tables": ("import-rows", "imports"),
    "Other systems": ("api-docs", "openapi", "robots", "webhook-deliveries", "webhooks"),
    "Running it": ("favicon", "jobs", "livez", "metrics", "readyz"),
}
"""By the noun of the path."""

_PLAN, _ROW, _BOX = "/plans/{id}", "/assignments/{id}", "/archive-boxes/{id}"
BESIDE: dict[int, tuple[str, ...]] = {
    1: (
        *("/plans", f"{_PLAN}/archive", f"{_PLAN}/items", f"{_PLAN}/outline", f"{_PLAN}/resolve"),
        *(f"{_PLAN}/source-text", f"{_PLAN}/summary", f"{_PLAN}/table-rows", f"{_PLAN}/withdraw", "/plan-items/{id}"),
    ),
    2: ("/leading-groups/{id}/dissolve",),
    3: (
        *(f"{_ROW}/{act}" for act in ("cancel", "decline", "redispatch", "reopen", "send-back", "urgings", "withdraw")),
        *(f"{_ROW}/extensions", "/extensions", "/extensions/{id}", "/extensions/{id}/approve"),
        "/extensions/{id}/refuse",
    ),
    4: ("/breakdowns/steps", "/breakdowns/{id}/withdraw"),
    5: ("/appointments/{id}",),
    6: ("/filing-requirements/{id}",),
    7: ("/decision-supervisions/{id}", "/major-decisions/{id}/close", "/major-decisions/{id}/reconvene"),
    8: ("/venue-activities/{id}/cancel", "/venue-activities/{id}/refuse"),
    10: (
        *("/appraisal-appeals", "/appraisal-appeals/{id}/dismiss", "/appraisal-criteria/{id}/enter"),
        *("/appraisal-criteria/{id}/prove", "/appraisal-criteria/{id}/resume", "/appraisal-deductions"),
        *("/appraisal-deductions/{id}", "/appraisals/{id}/reopen", "/appraisals/{id}/withdraw"),
    ),
    12: (
        *("/integrity-risks/{id}/close", "/integrity-risks/{id}/request-close", "/risk-measures/{id}"),
        *("/risk-measures/{id}/resume", "/risk-rounds/{id}/carry-over", "/risk-rounds/{id}/reopen"),
    ),
    13: ("/cases/left-alone", "/cases/{id}/close", "/cases/{id}/reopen", "/cases/{id}/take-over"),
    14: ("/campaigns/{id}/attach", "/campaigns/{id}/cancel", "/campaigns/{id}/detach", "/self-checks/{id}/ask"),
    18: (
        *(f"/complaints/{{id}}/{act}" for act in ("archive", "file", "identify", "prolong", "reject", "transfer")),
        *("/public/complaints", "/public/complaints/answers", "/public/complaints/files", "/public/complaints/form"),
        *("/public/complaints/ratings", "/public/complaints/status", "/report/files"),
    ),
    19: (
        *(f"/archive-boxes/{each}" for each in ("by-rule", "catalogue", "completeness", "missing")),
        *(
            f"{_BOX}/{act}"
            for act in ("add", "add-paper", "candidates", "catalogue", "explain", "remove", "unseal", "void")
        ),
        *("/evidence/choose", "/evidence/{id}", "/evidence/{id}/revisions", "/evidence/{id}/unlink"),
        "/evidence/{id}/void",
    ),
    20: (
        *("/liaison-matters/{id}/cancel", "/liaison-matters/{id}/send-back", "/liaison-visits/{id}/void"),
        *("/liaisons/{id}", "/liaisons/{id}/end"),
    ),
    21: (
        *("/checklists", "/checklists/{id}", "/inspections/{id}/cancel", "/inspections/{id}/draws"),
        *("/inspections/{id}/redraw", "/inspections/{id}/targets"),
    ),
    22: ("/rectifications/{id}/extensions",),
    23: (
        *("/accountability-actions/{id}/serve", "/accountability-actions/{id}/withdraw", "/accountability-rungs"),
        *("/accountability-rungs/{id}", "/document-series", "/documents/series", "/documents/{id}/refresh"),
        *("/documents/{id}/send-back", "/documents/{id}/void", "/documents/{id}/withdraw"),
    ),
    24: ("/brief-reviewers", "/brief-reviewers/{id}"),
}
"""What a row's people may also do; the tests of its resources walk through that."""
