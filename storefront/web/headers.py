"""Headers of every response, error pages and static files included."""

from flask import Response

# Everything is a file of our own; nothing runs, nothing is inline. Pictures have SVG attributes, not styles.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def protect(response: Response) -> Response:
    """Add what keeps a browser from running, sniffing, framing or remembering what it shouldn't."""
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")  # an old count would be a wrong count
    return response
