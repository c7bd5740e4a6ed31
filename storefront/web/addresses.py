"""Product codes in addresses. A code may hold any character but NUL."""

from urllib.parse import quote

from werkzeug.routing import BaseConverter


class CodeConverter(BaseConverter):
    """A product code: the whole rest of the path, slashes and line breaks included.

    Slashes are written as %2F, so that no browser or proxy takes `a/../b` for a folder above.
    Codes that are nothing but `.` or `..` stay out of a browser's reach: it resolves even their escaped form.
    """

    regex = r"[\s\S]+"
    part_isolating = False

    def to_url(self, value: str) -> str:
        """Return `value` with all but letters, digits and `_.-~` escaped."""
        return quote(value, safe="")
