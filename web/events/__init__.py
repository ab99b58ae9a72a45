from web.events.pages import router

__all__ = ["router"]
