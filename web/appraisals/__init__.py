from web.appraisals import deduction_pages, part_pages
from web.appraisals.pages import router

router.include_router(part_pages.router)
router.include_router(deduction_pages.router)

__all__ = ["router"]
