from web.calendars.pages import router

__all__ = ["router"]
