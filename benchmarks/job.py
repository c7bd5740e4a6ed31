"""One contender's round: a topic, a database and an empty queue of its own, and the processes that do the job."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from benchmarks.case import WrongResult
from benchmarks.servers import Servers
from chaos.database import Database
from chaos.supervisor import ROOT, Program
from chaos.topic import Topic
from devservices.processes import tied_to_parent

LOOK_SECONDS = 0.01
WARM_SHARE = 0.1  # of the work; start-up, joining the group and first connections are no part of a rate
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR")  # no setting of another shop

_numbers = count(1)


class Job:
    """Runs programs, which must not end by themselves, until the block is left; then kills them."""

    def __init__(self, name: str, servers: Servers, topic: Topic, database: Database) -> None:
        self.servers = servers
        self.topic = topic
        self.database = database
        self.folder = servers.folder / name
        self.folder.mkdir()
        self._environment = {
            **{variable: os.environ[variable] for variable in INHERITED if variable in os.environ},
            "DATABASE_URL": database.url,
            "REDIS_URL": servers.redis.url,
            "KAFKA_BOOTSTRAP_SERVERS": servers.kafka.url,
            "KAFKA_TOPIC": topic.name,
            "KAFKA_GROUP_ID": name,
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, programs: Mapping[str, Program]) -> None:
        """Run `programs` by name, each with a log file of its own."""
        for name, program in programs.items():
            with (self.folder / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    tied_to_parent(list(program.command), signal.SIGKILL),
                    cwd=ROOT,
                    env={**self._environment, **program.environment},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    process_group=0,
                )

    def kill(self, *names: str) -> None:
        """End the programs of these names, with all their children."""
        for name in names:
            process = self.processes.pop(name)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def until(self, what: str, holds: Callable[[], object], seconds: float = 60) -> None:
        """Wait until `holds` does. Raises WrongResult, which names `what`, where it takes longer or a program ended."""
        deadline = time.monotonic() + seconds
        while not holds():
            if ended := [name for name, process in self.processes.items() if process.poll() is not None]:
                raise WrongResult(f"{ended[0]} ended by itself; {_last_words(self.folder / f'{ended[0]}.log')}")
            if time.monotonic() > deadline:
                raise WrongResult(f"{what}: not within {seconds:.0f} s; the logs are in {self.folder}")
            time.sleep(LOOK_SECONDS)

    def rate(self, progress: Callable[[], int], total: int, seconds: float = 120) -> float:
        """Return how much is done in a second, from a tenth of `total` to all of it."""
        begun: list[tuple[int, float]] = []

        def look() -> bool:
            done = progress()
            if done >= total * WARM_SHARE and not begun:
                begun.append((done, time.perf_counter()))
            return done >= total

        self.until(f"{total} messages are dealt with", look, seconds)
        [(done, began_at)] = begun
        return (total - done) / (time.perf_counter() - began_at)


@contextmanager
def new_topic(servers: Servers, name: str, partitions: int) -> Iterator[Topic]:
    """Give a new topic; delete it afterwards."""
    topic = Topic(servers.kafka.url, name)
    topic.create(partitions)
    try:
        yield topic
    finally:
        topic.delete()


@contextmanager
def new_job(servers: Servers, topic: Topic) -> Iterator[Job]:
    """Open a job on `topic` that knows nothing of earlier ones."""
    with servers.new_database(f"rows-{next(_numbers)}") as database, job_on(servers, topic, database) as job:
        yield job


@contextmanager
def job_on(servers: Servers, topic: Topic, database: Database) -> Iterator[Job]:
    """Open a job on a database that is there already; its queue is empty."""
    servers.empty_redis()
    job = Job(f"job-{next(_numbers)}", servers, topic, database)
    try:
        yield job
    finally:
        job.kill(*list(job.processes))


def _last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-5:]
    return f"its log {log} ends:\n" + "\n".join(f"  {line}" for line in lines)
