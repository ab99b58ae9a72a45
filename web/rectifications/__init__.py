from web.rectifications.pages import router

__all__ = ["router"]
