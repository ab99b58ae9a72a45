from web.robots.pages import router

__all__ = ["router"]
