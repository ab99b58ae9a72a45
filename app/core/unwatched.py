"""Paths on which nobody is known: the public's complaints.

No credential is looked at, also where a browser sends one; no line is logged and nothing is counted, since the instant
of a request is a trace of whoever made it; the page may load nothing but this site's stylesheet, and tells no other
page where its reader came from.
"""

PAGES, API = "/report", "/api/v1/public/"
STATIC, ICON = "/static/", "/favicon.ico"
"""What every page has its browser ask for, the public's too: of whoever asks for these and for no script, a line would
say that they read the page of reports, and when."""
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Without any source of scripts."""
HEADERS = {"content-security-policy": POLICY, "referrer-policy": "no-referrer"}


def is_unwatched(path: str) -> bool:
    return path == PAGES or path.startswith((f"{PAGES}/", API))


def is_unnoted(path: str) -> bool:
    """Whether a request of it leaves no line in a log and no figure."""
    return is_unwatched(path) or path.startswith(STATIC) or path == ICON
