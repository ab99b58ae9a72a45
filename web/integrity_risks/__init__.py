from web.integrity_risks import measure_pages, round_pages
from web.integrity_risks.pages import router

router.include_router(round_pages.router)
router.include_router(measure_pages.router)

__all__ = ["router"]
