"""What `gunicorn wsgi:app` reads from the folder it is started in; its command line and GUNICORN_CMD_ARGS win."""

limit_request_line = 8190  # a long address shall get the shop's own page, not gunicorn's
control_socket_disable = True  # nothing uses it, and it would stay behind in the home folder
