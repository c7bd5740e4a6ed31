"""Faults of Redis: whatever it loses, a settle makes up for."""

import shutil

from chaos import programs, queue
from chaos.database import TABLE_LOCK
from chaos.experiment import Experiment
from chaos.fault import Setup, fault
from chaos.flower import Flower

REVOKED = 30


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
    valkey = run.servers.redis
    for _ in range(3):
        valkey.kill()
        shutil.rmtree(valkey.data_dir / "appendonlydir")
        valkey.start()
        run.wait(4)


@fault()
def killed(run: Experiment) -> None:
    """Redis is killed (SIGKILL) and comes back at once, three times."""
    for _ in range(3):
        run.servers.redis.kill()
        run.servers.redis.start()
        run.wait(4)


@fault()
def away(run: Experiment) -> None:
    """Redis is stopped for 40 s, while the stream goes on."""
    run.servers.redis.stop()
    run.wait(5)  # for what is under way
    run.stand_still(35)
    run.servers.redis.start()


@fault()
def out_of_memory(run: Experiment) -> None:
    """Redis has no memory left for 20 s: it refuses every write."""
    with run.redis() as client:
        client.config_set("maxmemory", "1")
        run.wait(20)
        client.config_set("maxmemory", "0")


@fault(Setup(may_end="worker"))
def foreign_tasks(run: Experiment) -> None:
    """Somebody puts garbage, bodies that can't be read, and tasks that nobody knows on the workers' queue.

    A worker may end over it, and is started again.
    """
    unknown, unreadable = queue.message("nobody.knows.it"), queue.message("nobody.knows.it", body="&")
    for _ in range(4):
        with run.redis() as client:
            client.lpush(queue.NAME, b"garbage", b"{}", b"[1, 2]", unknown, unreadable)
        run.wait(3)


@fault()
def tasks_revoked(run: Experiment) -> None:
    """Somebody revokes tasks in Flower, settles first, while they wait behind a locked table; twice."""
    flower = Flower()
    run.start("flower", programs.flower(flower.port))
    run.until("Flower answers", flower.answers)
    for _ in range(2):
        with run.database.held(TABLE_LOCK):
            run.until("tasks wait in the queue", lambda: len(_waiting(run)) >= REVOKED)
            for task_id in _waiting(run)[:REVOKED]:
                flower.revoke(task_id)
        run.wait(4)
    run.until("a worker has discarded a settle", lambda: _discarded(run, "storefront.settle_updates"), seconds=5)
    run.shop.stop("flower")


def _waiting(run: Experiment) -> list[str]:
    """Return the ids of the tasks in the queue, settles first."""
    with run.redis() as client:
        return sorted(queue.waiting(client), key=lambda task_id: not task_id.startswith("settle-"))


def _discarded(run: Experiment, task: str) -> bool:
    return any(f"Discarding revoked task: {task}" in run.log(name) for name in run.shop.names("worker"))
