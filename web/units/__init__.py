from web.units.pages import router

__all__ = ["router"]
