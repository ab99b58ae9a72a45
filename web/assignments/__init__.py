from web.assignments.pages import router

__all__ = ["router"]
