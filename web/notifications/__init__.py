from web.notifications.pages import router

__all__ = ["router"]
