"""Faults of PostgreSQL."""

import time
from contextlib import suppress

import psycopg

from chaos import disk
from chaos.database import TABLE_LOCK, back_up, restore
from chaos.disk import postgres_on_small_disk
from chaos.experiment import Experiment
from chaos.fault import Setup, fault
from devservices import Postgres, ServiceError

LOST_UPDATES = 1000
HELD_SECONDS = 20


@fault()
def killed(run: Experiment) -> None:
    """PostgreSQL is killed (SIGKILL) and comes back, three times."""
    for _ in range(3):
        run.servers.postgres.kill()
        start_again(run.servers.postgres)
        run.wait(4)


@fault()
def away(run: Experiment) -> None:
    """PostgreSQL is stopped for 40 s, while the stream goes on."""
    run.servers.postgres.stop()
    run.wait(40)
    run.servers.postgres.start()


@fault()
def sessions_terminated(run: Experiment) -> None:
    """All sessions are terminated twice a second, for 15 s."""
    for _ in range(30):
        run.database.terminate_sessions()
        run.wait(0.5)


@fault()
def rows_locked(run: Experiment) -> None:
    """Somebody keeps locks on half of the rows for 20 s: some tasks fail, others don't."""
    with run.database.held("SELECT 1 FROM stock_levels WHERE inventory % 2 = 0 FOR UPDATE"):
        run.wait(HELD_SECONDS)


@fault()
def table_locked(run: Experiment) -> None:
    """Somebody keeps the table of counts to himself for 20 s."""
    with run.database.held(TABLE_LOCK):
        run.wait(HELD_SECONDS)


@fault()
def restored_from_backup(run: Experiment) -> None:
    """PostgreSQL is put back to a backup taken before the last thousand updates, twice.

    The shop finds out by itself and reads again from where the backup stood.
    """
    back_up(run.servers.postgres)
    for _ in range(2):
        wait_for_updates(run, LOST_UPDATES)
        restore(run.servers.postgres)


@fault()
def emptied(run: Experiment) -> None:
    """All that the messages wrote is deleted, twice: counts, dead letters and the place in the log."""
    for _ in range(2):
        run.database.execute("TRUNCATE stock_levels, dead_letters, feed_positions")
        run.wait(5)


@fault()
def read_only(run: Experiment) -> None:
    """PostgreSQL takes no writes for 20 s, as a standby doesn't."""
    run.database.of_server("ALTER SYSTEM SET default_transaction_read_only = on")
    run.database.of_server("SELECT pg_reload_conf()")
    run.wait(20)
    run.database.of_server("ALTER SYSTEM RESET default_transaction_read_only")
    run.database.of_server("SELECT pg_reload_conf()")


@fault(Setup(servers=postgres_on_small_disk))
def disk_full(run: Experiment) -> None:
    """The disk is full: no row can be added, then no log be written, so that PostgreSQL ends.

    This one needs a hand: somebody makes room and starts it again.
    """
    postgres = run.servers.postgres
    disk.fill(postgres)
    run.wait(10)
    run.until("PostgreSQL has ended", lambda: _ends_for_want_of_log(run))
    run.wait(5)
    disk.free(postgres)
    start_again(postgres)


def _ends_for_want_of_log(run: Experiment) -> bool:
    """Have it begin a new file of its log, which there is no room for; whether that ended it."""
    with suppress(psycopg.OperationalError):
        run.database.of_server("SELECT pg_switch_wal()")
    process = run.servers.postgres.process
    return process is not None and process.poll() is not None


def wait_for_updates(run: Experiment, number: int) -> None:
    """Wait until the shop has dealt with so many messages more."""
    before = run.dealt_with()
    run.until(f"{number} updates more", lambda: run.dealt_with() >= before + number)


def start_again(server: Postgres, patience: float = 15) -> None:
    """Start a killed PostgreSQL: it refuses until the last of its old processes has noticed and ended."""
    deadline = time.monotonic() + patience
    while True:
        try:
            server.start()
        except ServiceError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return
