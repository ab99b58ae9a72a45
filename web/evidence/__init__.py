from web.evidence.pages import router

__all__ = ["router"]
