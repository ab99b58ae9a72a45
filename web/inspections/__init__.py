from web.inspections import checklist_pages, finding_pages, visit_pages
from web.inspections.pages import router

for part in (visit_pages, finding_pages, checklist_pages):
    router.include_router(part.router)

__all__ = ["router"]
