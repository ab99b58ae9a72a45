from web.dashboard.pages import router

__all__ = ["router"]
