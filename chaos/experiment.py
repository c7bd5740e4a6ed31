"""One fault on one shop with a topic, a group and a database of its own: hurt, healed, compared with the log."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import redis
from kafka.errors import KafkaError

from chaos.database import Database
from chaos.fault import Fault
from chaos.fold import Fold
from chaos.proxy import Proxy
from chaos.servers import Servers
from chaos.stream import Stream
from chaos.supervisor import Program, Supervisor
from chaos.topic import Topic
from chaos.verdict import differences, lags
from devservices.processes import HOST

STEADY_SECONDS = 180  # generous: a busy machine is no fault of the shop
STEADY_ARRIVALS = 100  # rows and dead letters
AFTERWARDS_SECONDS = 2.0  # the stream goes on so long in the healed world
LOOK_SECONDS = 0.5
THRESHOLD = "BRIDGE_BACKLOG_THRESHOLD"
IN_LANE = "settles go alone"  # a bridge says so when it enters the backlog lane
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR")  # no setting of another shop

ADDRESSES = {"kafka": "KAFKA_BOOTSTRAP_SERVERS", "postgres": "DATABASE_URL", "redis": "REDIS_URL"}


class NotSteady(RuntimeError):
    """The shop didn't do what it must before, or for, the fault; one sentence."""


@dataclass
class Result:
    """What became of an experiment: `seconds` from the healed world to the healed shop, `failures` in sentences."""

    fault: str
    updates: int = 0
    seconds: float | None = None
    restarts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


class Experiment:
    """A running shop, and what a fault may do to it. `unreadable` are offsets by partition that no client can read."""

    def __init__(self, fault: Fault, servers: Servers, folder: Path, rate: int, stack: ExitStack) -> None:
        self.fault = fault
        self.servers = servers
        self.folder = folder
        self.name = f"{fault.name}-{os.getpid()}"
        self.topic = Topic(servers.bootstrap_servers, self.name)
        self.database = Database(servers.postgres, self.name)
        self.fold = Fold(fault.setup.deadly)
        self.unreadable: dict[int, range] = {}
        self.topic.create(fault.setup.partitions, fault.setup.configuration, fault.setup.replicas)
        stack.callback(self.topic.delete)
        self.database.create()
        stack.callback(self.database.drop)
        self.shop = stack.enter_context(Supervisor(folder, self._environment()))
        self.stream = Stream(self.topic, fault.setup.traffic(), rate)
        stack.callback(self.stream.stop)

    # What a fault uses

    def start(self, name: str, program: Program) -> None:
        """Run `program`, by the proxy where the fault's set-up says so."""
        self.shop.start(name, Program(program.command, {**program.environment, **self._proxied(name)}))

    def replace(self, name: str, program: Program) -> None:
        """End `name` in order, and run `program` under that name from now on."""
        self.shop.stop(name)
        self.start(name, program)

    def wait(self, seconds: float) -> None:
        """Let the shop work, or suffer."""
        time.sleep(seconds)

    def until(self, what: str, holds: Callable[[], object], seconds: float = 180) -> None:
        """Wait until `holds` does. Raises NotSteady, which names `what`, after so many seconds."""
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise NotSteady(f"{what}: not within {seconds:.0f} s")
            time.sleep(LOOK_SECONDS / 5)

    def redis(self) -> redis.Redis:
        """Return a client of the shop's queue."""
        return redis.Redis.from_url(self.servers.redis.url, socket_timeout=5)

    def stand_still(self, seconds: float) -> None:
        """Let so much time pass. Raises NotSteady if the shop deals with anything meanwhile: the fault is none."""
        before = self.dealt_with()
        self.wait(seconds)
        if (moved := self.dealt_with() - before) > 0:
            raise NotSteady(f"the shop dealt with {moved} messages in spite of the fault")

    def dealt_with(self) -> int:
        """Return how many messages the shop has dealt with, by its own places in the log."""
        return sum(place or 0 for place in self.database.places().values())

    @property
    def network(self) -> Proxy:
        """The proxy that the fault's set-up asks for."""
        _, server = self.fault.setup.proxied or ("", "")
        return getattr(self.servers.network, server)  # type: ignore[no-any-return]

    def log(self, name: str) -> str:
        """Return what the program `name` has written."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def catch_up(self) -> None:
        """Stop the stream and wait until the shop has dealt with all of it."""
        self.stream.stop()
        self.until("the shop has caught up", lambda: not lags(self.topic, self.database, self.group))

    def remember_log(self) -> None:
        """Fold what the topic holds now: the fault is about to delete it."""
        for source, record in self.topic.read(without=self.unreadable):
            self.fold.add(source, record)

    @property
    def group(self) -> str:
        """The bridges' consumer group."""
        return f"bridges-{self.name}"

    # What the run does

    def reach_steady_state(self) -> None:
        """Start everything and wait until counts arrive from every partition."""
        for name, program in self.fault.setup.programs.items():
            self.start(name, program)
        self.stream.start()
        self.until("counts arrive from every partition", self._is_steady, STEADY_SECONDS)

    def settle(self) -> tuple[float | None, list[str]]:
        """Let the healed world go on for a moment, stop the stream, and wait until shop and log are the same.

        Return the seconds that took and no failures; or None and what still differs when it took too long.
        """
        healed_at = time.monotonic()
        self.wait(AFTERWARDS_SECONDS)
        self.stream.stop()
        self.remember_log()
        while failures := self.failures():
            if time.monotonic() - healed_at > self.fault.setup.heal_seconds:
                return None, failures
            time.sleep(LOOK_SECONDS)
        return time.monotonic() - healed_at, []

    def failures(self) -> list[str]:
        """Return in sentences what differs between the log and the shop now."""
        try:
            return [*differences(self.fold, self.database), *lags(self.topic, self.database, self.group)]
        except (psycopg.OperationalError, KafkaError) as error:
            return [f"shop and log can't be compared: {type(error).__name__}: {error}".strip()]

    def crashes(self) -> list[str]:
        """Return in sentences which programs ended although nobody killed them."""
        return [
            f"{name} ended by itself, with status {', '.join(map(str, statuses))}; its log says why"
            for name, statuses in self.shop.ended.items()
            if not name.startswith(self.fault.setup.may_end)
        ]

    def missed_lane(self) -> list[str]:
        """Return a sentence where the settings switch the backlog lane on and no bridge was ever in it."""
        bridges = self.folder.glob("bridge*.log")
        if THRESHOLD not in self.fault.setup.settings or any(
            IN_LANE in log.read_text(errors="replace") for log in bridges
        ):
            return []
        return ["no bridge was ever in the backlog lane: this proves nothing about it"]

    def _is_steady(self) -> bool:
        places = self.database.places()
        everywhere = len(places) == self.fault.setup.partitions and all(places.values())
        return everywhere and len(self.database.rows()) + len(self.database.letters()) >= STEADY_ARRIVALS

    def _environment(self) -> dict[str, str]:
        return {
            **{name: os.environ[name] for name in INHERITED if name in os.environ},
            "DATABASE_URL": self.database.url,
            "REDIS_URL": self.servers.redis.url,
            "KAFKA_BOOTSTRAP_SERVERS": self.servers.bootstrap_servers,
            "KAFKA_TOPIC": self.topic.name,
            "KAFKA_GROUP_ID": self.group,
            "UNKNOWN_PRODUCTS": "keep",  # the catalogue is not what this is about
            **self.fault.setup.settings,
        }

    def _proxied(self, name: str) -> dict[str, str]:
        """Return the variable that leads `name` through the proxy; none where the fault's set-up asks for none."""
        who, server = self.fault.setup.proxied or ("", "")
        if not who or not name.startswith(who):
            return {}
        variable = ADDRESSES[server]
        port = getattr(self.servers, server).port
        return {variable: self._environment()[variable].replace(f"{HOST}:{port}", f"{HOST}:{self.network.port}")}


@contextmanager
def opened(fault: Fault, servers: Servers, folder: Path, rate: int) -> Iterator[Experiment]:
    """Open a shop for `fault`, its logs in `folder`, `rate` messages a second; close it whatever happens."""
    with fault.setup.servers(servers) as own, ExitStack() as stack:
        yield Experiment(fault, own, folder, rate, stack)
