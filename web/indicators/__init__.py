from web.indicators.pages import router

__all__ = ["router"]
