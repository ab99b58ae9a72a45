from web.plans.pages import router

__all__ = ["router"]
