from web.channels.pages import router

__all__ = ["router"]
