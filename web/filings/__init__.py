from web.filings import requirement_pages
from web.filings.pages import router

router.include_router(requirement_pages.router)

__all__ = ["router"]
