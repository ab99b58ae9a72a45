from web.jobs.pages import router

__all__ = ["router"]
