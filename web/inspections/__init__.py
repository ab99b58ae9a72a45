from web.inspections.pages import router

__all__ = ["router"]
