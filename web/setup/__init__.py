from web.setup import calendar_pages, name_pages, unit_pages
from web.setup.pages import router

router.include_router(unit_pages.router)
router.include_router(name_pages.router)
router.include_router(calendar_pages.router)

__all__ = ["router"]
