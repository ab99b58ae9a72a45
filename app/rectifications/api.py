from app.core.http import api_router

router = api_router("", "rectifications")
