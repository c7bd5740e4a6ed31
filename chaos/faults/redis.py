"""Faults of Redis: whatever it loses, a settle makes up for."""

import shutil

from chaos.experiment import Experiment
from chaos.fault import fault


@fault()
def wiped(run: Experiment) -> None:
    """Everything in Redis is deleted (FLUSHALL) every second and a half."""
    for _ in range(8):
        with run.redis() as client:
            client.flushall()
        run.wait(1.5)


@fault()
def back_empty(run: Experiment) -> None:
    """Redis is killed, its file is deleted, and it comes back empty, three times."""
    valkey = run.servers.valkey
    for _ in range(3):
        valkey.kill()
        shutil.rmtree(valkey.data_dir / "appendonlydir")
        valkey.start()
        run.wait(4)


@fault()
def killed(run: Experiment) -> None:
    """Redis is killed (SIGKILL) and comes back at once, three times."""
    for _ in range(3):
        run.servers.valkey.kill()
        run.servers.valkey.start()
        run.wait(4)


@fault()
def away(run: Experiment) -> None:
    """Redis is stopped for 40 s, while the stream goes on."""
    run.servers.valkey.stop()
    run.wait(40)
    run.servers.valkey.start()


@fault()
def out_of_memory(run: Experiment) -> None:
    """Redis has no memory left for 20 s: it refuses every write."""
    with run.redis() as client:
        client.config_set("maxmemory", "1")
        run.wait(20)
        client.config_set("maxmemory", "0")
