"""A disk small enough to be filled."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from chaos.servers import Servers, migrate
from devservices import Postgres, ServiceError

SIZE = "192m"
BALLAST = "ballast"
BLOCK = 4096  # bytes


@contextmanager
def postgres_on_small_disk(shared: Servers) -> Iterator[Servers]:
    """Start a PostgreSQL on a disk of its own, in memory. Raises ServiceError where mounting isn't allowed."""
    folder = shared.postgres.data_dir.parent / "small-disk"
    with _mounted(folder), Postgres(folder / "postgres", durable=True, log=folder.with_suffix(".log")) as postgres:
        migrate(postgres)
        yield replace(shared, postgres=postgres)


def fill(postgres: Postgres) -> None:
    """Leave not a byte free where `postgres` keeps its data."""
    with suppress(OSError), (postgres.data_dir.parent / BALLAST).open("wb", buffering=0) as ballast:
        while True:
            ballast.write(bytes(BLOCK))


def free(postgres: Postgres) -> None:
    """Give the room back."""
    (postgres.data_dir.parent / BALLAST).unlink()


@contextmanager
def _mounted(folder: Path) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=755", "chaos", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServiceError(f"a small disk can't be mounted ({done.stderr.strip()}); run this fault as root")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
