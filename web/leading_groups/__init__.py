from web.leading_groups.pages import router

__all__ = ["router"]
