from web.accountability import rung_pages
from web.accountability.pages import router

router.include_router(rung_pages.router)

__all__ = ["router"]
