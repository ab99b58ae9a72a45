from web.page import page_router

router = page_router()
