"""Where the demo's processes find each other: ports, addresses, the variables they all start with."""

import os
import secrets
import shlex
import signal
import sys
import tempfile
import time
from pathlib import Path

from werkzeug.security import generate_password_hash

from demo.home import ROOT, Home, Refused
from devservices.noida import Noida
from devservices.postgres import Postgres
from devservices.processes import HOST, free_port, listens, tied_to_parent
from devservices.valkey import Valkey

USUAL_PORTS = {"web": 8000, "flower": 5555, "kafka": 9092, "redis": 6379, "postgres": 5432}
MEASURED = ("web", "worker_1", "worker_2", "bridge")  # who answers Prometheus
OPS_USER = "dev"
TOPIC = "inventory_management_product_updates"

SOCKET_PATH_LIMIT = 90  # a Unix socket's path ends at 104 or 108 bytes; supervisord adds its process number


def choose_ports(*, usual: bool) -> dict[str, int]:
    """Return a free port for each service: the usual one, else one of the next hundred, else any."""
    return {name: _first_free(range(port, port + 100)) if usual else free_port() for name, port in USUAL_PORTS.items()}


def settings(home: Home, ports: dict[str, int]) -> dict[str, str]:
    """Return the environment variables that every process of the demo gets."""
    page = f"http://{HOST}:{ports['web']}/"
    flower = f"http://{HOST}:{ports['flower']}/"
    password = secrets.token_urlsafe(9)
    return {
        "APP_ENV": "development",
        "DATABASE_URL": Postgres(home.directory / "postgres", ports["postgres"]).url,
        "REDIS_URL": Valkey(home.directory / "valkey", ports["redis"]).url,
        "KAFKA_BOOTSTRAP_SERVERS": Noida(home.directory / "kafka", ports["kafka"]).url,
        "KAFKA_TOPIC": TOPIC,
        "FLOWER_UNAUTHENTICATED_API": "true",  # it listens on this machine alone
        "FLOWER_DB": str(home.directory / "flower" / "tasks"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "DEMO_DIR": str(home.directory),
        "DEMO_SOCKET": str(_socket_path(home)),
        "DEMO_TIED": shlex.join(tied_to_parent([], signal.SIGTERM)),
        "DEMO_PAGE": page,
        "DEMO_FLOWER": flower,
        "DEMO_PASSWORD": password,
        "SECRET_KEY": secrets.token_hex(),
        "OPS_USER": OPS_USER,
        "OPS_PASSWORD_HASH": generate_password_hash(password),
        "FLOWER_URL": flower,
        "OPS_URL": f"{page}ops",
        **_metrics_ports(os.environ.get("METRICS_PORT") or "0"),
        **{f"DEMO_{name.upper()}_PORT": str(port) for name, port in ports.items()},
    }


def wait_for_the_last_one_to_end(home: Home, seconds: float = 10) -> None:
    """Wait for the processes of a demo that was killed hard: their parent's end ends them, not at once.

    Raises Refused when one of its ports is still taken then.
    """
    left = home.read_environment()
    deadline = time.monotonic() + seconds
    for name in USUAL_PORTS:
        port = int(left.get(f"DEMO_{name.upper()}_PORT", 0))
        while port and listens(port):
            if time.monotonic() > deadline:
                raise Refused(
                    f"A demo that was killed left a process on port {port} ({name}): end that process, "
                    f"or remove {home.environment} if it is another program's."
                )
            time.sleep(0.1)


def shown(path: Path) -> str:
    """Return `path` as a person in the project's folder would type it."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _metrics_ports(first: str) -> dict[str, str]:
    """Each process needs a port of its own: METRICS_PORT and the next ones. What is no port, they shall refuse."""
    given = first.isdecimal() and int(first) > 0
    ports = [str(int(first) + number) if given else first for number in range(len(MEASURED))]
    return {f"DEMO_METRICS_{name.upper()}": port for name, port in zip(MEASURED, ports, strict=True)}


def _first_free(candidates: range) -> int:
    return next((port for port in candidates if free_port(port) == port), free_port())


def _socket_path(home: Home) -> Path:
    wanted = home.directory / "supervisor.sock"
    if len(os.fsencode(wanted)) <= SOCKET_PATH_LIMIT:
        return wanted
    return Path(tempfile.gettempdir()) / f"demo-{os.getpid()}.sock"
