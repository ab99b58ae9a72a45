from web.complaints import public_pages
from web.complaints.pages import router

router.include_router(public_pages.router)

__all__ = ["router"]
