"""What `gunicorn wsgi:app` reads from the folder it is started in; its command line and GUNICORN_CMD_ARGS win."""

from typing import Any

from runtime import settings
from storefront.config import Settings


def on_starting(_server: Any) -> None:
    """End with one sentence on a bad setting; otherwise each worker would, and be started again for ever."""
    settings.load(Settings)


limit_request_line = 8190  # a long address shall get the shop's own page, not gunicorn's
control_socket_disable = True  # nothing uses it, and it would stay behind in the home folder
