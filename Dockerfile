# One image for web, worker, bridge, Flower and the commands:  docker build -t storefront-stock:0.1.0 .
# The inventory stand-in is another target of it:              docker build --target inventory .

FROM python:3.13.15-slim-trixie AS libraries
COPY requirements.txt constraints.txt /
# Wheels alone: nothing is compiled here, so no compiler is needed. The environment gets no pip of its own.
RUN python -m venv --without-pip /opt/venv \
 && pip --python /opt/venv/bin/python --no-cache-dir --disable-pip-version-check install --only-binary :all: \
    --requirement /requirements.txt --constraint /constraints.txt


FROM python:3.13.15-slim-trixie AS base
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp
# A fixed number, so that who mounts a folder knows whose it must be. /var/lib/flower: a volume takes over its owner.
RUN groupadd --gid 10001 shop \
 && useradd --uid 10001 --gid shop --no-create-home --home-dir /tmp --shell /usr/sbin/nologin shop \
 && install --directory --owner shop --group shop /var/lib/flower
COPY --from=libraries /opt/venv /opt/venv
WORKDIR /srv/shop
COPY wsgi.py gunicorn.conf.py flowerconfig.py ./
COPY runtime runtime
COPY bridge bridge
COPY storefront storefront
RUN python -m compileall -q .
USER 10001:10001


FROM base AS inventory
COPY demo/__init__.py demo/
COPY demo/inventory demo/inventory
CMD ["python", "-m", "demo.inventory", "simulate", "--rate", "1"]


FROM base AS shop
EXPOSE 8000
# For the web server. Who runs another command brings its own check, as docker-compose.yml does.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "--workers", "2", "wsgi:app"]
