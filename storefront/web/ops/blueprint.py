"""What the modules of `/ops` add their pages to."""

from flask import Blueprint, Response
from flask_wtf import CSRFProtect

from storefront.web.headers import CONTENT_SECURITY_POLICY

pages = Blueprint("ops", __name__, url_prefix="/ops", template_folder="templates", static_folder="static")
csrf = CSRFProtect()


@pages.after_request
def protect(response: Response) -> Response:
    """Allow the page's own forms, and no search engine."""
    policy = CONTENT_SECURITY_POLICY.replace("form-action 'none'", "form-action 'self'")
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
