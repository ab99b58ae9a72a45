from web.api_docs.pages import router

__all__ = ["router"]
