from web.cases.pages import router

__all__ = ["router"]
