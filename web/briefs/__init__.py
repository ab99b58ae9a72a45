from web.briefs.pages import router

__all__ = ["router"]
