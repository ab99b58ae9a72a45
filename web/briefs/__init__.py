from web.briefs import reviewer_pages
from web.briefs.pages import router

router.include_router(reviewer_pages.router)

__all__ = ["router"]
