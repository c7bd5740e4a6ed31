"""The web application that gunicorn and the flask command find: `gunicorn wsgi:app`, `flask --app wsgi`."""

from storefront import create_app

app = create_app()
