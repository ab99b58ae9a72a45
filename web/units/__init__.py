from web.units import group_pages, succession_pages
from web.units.pages import router

router.include_router(group_pages.router)
router.include_router(succession_pages.router)

__all__ = ["router"]
