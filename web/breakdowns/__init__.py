from web.breakdowns.pages import router

__all__ = ["router"]
