"""QR codes, as pages show them."""

from markupsafe import Markup
from segno import make as qr_code


def drawn(text: str) -> Markup:
    """As SVG that names no style: the content security policy allows none."""
    return Markup(qr_code(text, error="m").svg_inline(scale=4, border=4, light="#fff", svgclass="qr", lineclass=None))
