from web.account import own, users
from web.account.pages import router

router.include_router(own.router)
router.include_router(users.router)

__all__ = ["router"]
