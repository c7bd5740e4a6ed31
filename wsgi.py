"""The web application that gunicorn and the flask command find: `gunicorn wsgi:app`, `flask --app wsgi`."""

import os

from storefront import create_app

# Flask's own word for its command: a migration's log lines shall not read as the web server's.
app = create_app("flask" if os.environ.get("FLASK_RUN_FROM_CLI") == "true" else "web")
