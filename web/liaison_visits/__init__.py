from web.liaison_visits import coverage_pages, pages
from web.page import page_router

router = page_router()
for part in (coverage_pages, pages):  # Its paths first: /liaison-visits/coverage is no id.
    router.include_router(part.router)

__all__ = ["router"]
