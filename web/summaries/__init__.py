from web.summaries.pages import router

__all__ = ["router"]
