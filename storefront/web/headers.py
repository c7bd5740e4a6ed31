"""Headers of every response, error pages and static files included."""

from flask import Response, request

# Everything is a file of our own; nothing runs, nothing is inline. Pictures have SVG attributes, not styles.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# The shop's own pages alone keep their stock true with a script, which asks the shop alone.
SHOP_POLICY = f"{CONTENT_SECURITY_POLICY}; script-src 'self'; connect-src 'self'"

# A browser that came by TLS comes by TLS from then on; subdomains are not ours to decide about.
STRICT_TRANSPORT_SECURITY = "max-age=31536000"


def protect(response: Response) -> Response:
    """Add what keeps a browser from running, sniffing, framing or remembering what it shouldn't."""
    policy = SHOP_POLICY if request.blueprint == "shop" else CONTENT_SECURITY_POLICY
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = STRICT_TRANSPORT_SECURITY
    response.headers.setdefault("Cache-Control", "no-store")  # an old count would be a wrong count
    return response
