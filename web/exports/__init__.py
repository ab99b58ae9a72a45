from web.exports.pages import router

__all__ = ["router"]
