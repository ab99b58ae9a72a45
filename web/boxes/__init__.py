from web.boxes import catalogue_pages
from web.boxes.pages import router

router.include_router(catalogue_pages.router)

__all__ = ["router"]
