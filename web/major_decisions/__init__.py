from web.major_decisions import supervision_pages
from web.major_decisions.pages import router

router.include_router(supervision_pages.router)

__all__ = ["router"]
