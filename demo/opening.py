"""Once, before the shop opens: wait for the services, migrate, make the topic, seed, start the rest."""

import logging
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psycopg
from supervisor.childutils import getRPCInterface

from demo.environment import MEASURED, TOPIC, shown
from devservices import Noida, Postgres, Service, ServiceError, Valkey
from runtime import logs

log = logging.getLogger("demo")

PAGES_SECONDS = 60
WORKERS = "api/workers?status=true"

WHERE_IT_IS = """
  The shop     {page}
  Flower       {flower}tasks
  Operations   {page}ops, as {user} with the password {password}
  Kafka        {kafka}, topic {topic}
{metrics}
  In another terminal, as the inventory system would:
    . {env}
    python -m demo.inventory publish {code} 3
  and {page}products/{code} reads "Only 3 left!" until the stand-in counts that product, too.

  What follows is what the workers make of each message; {log} has all lines of all processes.
  Ctrl-C ends everything; the data stays.

"""
WHERE_METRICS_ARE = "  Metrics      http://127.0.0.1:{0}/ of the web, {1} and {2} of the workers, {3} of the bridge\n"


def main() -> None:
    """Open the shop; the exit status 1 ends the demo."""
    logs.configure("demo", form=logs.form_asked_for())
    home = Path(os.environ["DEMO_DIR"])
    try:
        _prepare(home)
        getRPCInterface(os.environ).supervisor.startProcessGroup("shop", False)
        _wait_for("the shop's page", lambda: _fetch(os.environ["DEMO_PAGE"]))
        _wait_for("Flower with two workers", lambda: _fetch(os.environ["DEMO_FLOWER"] + WORKERS).count("true") > 1)
    except ServiceError as error:
        log.error("%s", error)  # noqa: TRY400  (its sentence says it all)
        sys.exit(1)
    sys.stdout.write(_where_it_is(home))


def _prepare(home: Path) -> None:
    (home / "flower").mkdir(exist_ok=True)
    for server in _services(home):
        server.wait()
    _run("flask", "--app", "wsgi", "db", "upgrade")
    _run("python", "-m", "bridge", "--create-topic")
    _run("flask", "--app", "wsgi", "seed")


def _services(home: Path) -> list[Service]:
    return [
        Postgres(home / "postgres", int(os.environ["DEMO_POSTGRES_PORT"]), log=home / "log" / "postgres.log"),
        Valkey(home / "valkey", int(os.environ["DEMO_REDIS_PORT"]), log=home / "log" / "valkey.log"),
        Noida(home / "kafka", int(os.environ["DEMO_KAFKA_PORT"]), log=home / "log" / "kafka.log"),
    ]


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        why = "; ".join((done.stderr or done.stdout).strip().splitlines())
        raise ServiceError(f"{' '.join(command)} failed: {why}")
    log.info("%s: done", " ".join(command))


def _wait_for(what: str, answers: Callable[[], object]) -> None:
    deadline = time.monotonic() + PAGES_SECONDS
    while not answers():
        if time.monotonic() > deadline:
            raise ServiceError(f"{what} didn't come up in {PAGES_SECONDS} s")
        time.sleep(0.1)


def _fetch(address: str) -> str:
    """Return the page, nothing where there is none yet."""
    try:
        with urllib.request.urlopen(address, timeout=5) as response:  # noqa: S310  (our own address)
            return str(response.read().decode())
    except OSError:
        return ""


def _where_it_is(home: Path) -> str:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        row = connection.execute("SELECT code FROM products WHERE active ORDER BY id LIMIT 1").fetchone()
    return WHERE_IT_IS.format(
        page=os.environ["DEMO_PAGE"],
        flower=os.environ["DEMO_FLOWER"],
        user=os.environ["OPS_USER"],
        password=os.environ["DEMO_PASSWORD"],
        kafka=os.environ["KAFKA_BOOTSTRAP_SERVERS"],
        topic=TOPIC,
        metrics=_where_metrics_are(),
        env=shown(home / "env"),
        log=shown(home / "log"),
        code=row[0] if row else "CODE",
    )


def _where_metrics_are() -> str:
    ports = [os.environ[f"DEMO_METRICS_{name.upper()}"] for name in MEASURED]
    return "" if ports[0] == "0" else WHERE_METRICS_ARE.format(*ports)


if __name__ == "__main__":
    main()
