from web.imports.pages import router

__all__ = ["router"]
