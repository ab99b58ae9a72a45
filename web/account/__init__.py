from web.account.pages import router

__all__ = ["router"]
