from web.campaigns import self_check_pages
from web.campaigns.pages import router

router.include_router(self_check_pages.router)

__all__ = ["router"]
