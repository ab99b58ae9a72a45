from web.my_work.pages import router

__all__ = ["router"]
