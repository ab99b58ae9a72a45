from web.venue_activities.pages import router

__all__ = ["router"]
