from web.complaints import pages, public_pages, registering
from web.page import page_router

router = page_router()
for part in (registering, pages, public_pages):
    router.include_router(part.router)

__all__ = ["router"]
