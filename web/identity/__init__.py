from web.identity import factor, own, users
from web.identity.pages import router

router.include_router(own.router)
router.include_router(factor.router)
router.include_router(users.router)

__all__ = ["router"]
