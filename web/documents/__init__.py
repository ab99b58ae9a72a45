from web.documents.pages import router

__all__ = ["router"]
