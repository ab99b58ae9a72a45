from web.webhooks.pages import router

__all__ = ["router"]
