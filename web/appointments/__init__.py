from web.appointments.pages import router

__all__ = ["router"]
