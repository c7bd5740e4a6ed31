"""The servers that a run's faults share: started once, and found healthy again after each fault."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis

from chaos.proxy import Mode, Proxy
from chaos.supervisor import ROOT
from devservices import ApacheKafka, Postgres, Service, ServiceError, Valkey
from devservices.processes import HOST, free_port

MIGRATED = "migrated"  # the database that each fault's own is a copy of


@dataclass(frozen=True)
class Network:
    """A proxy before each server; `kafka` leads to the listener that names the proxy as its own address."""

    kafka: Proxy
    postgres: Proxy
    redis: Proxy


@dataclass(frozen=True)
class Servers:
    """Apache Kafka (all brokers; the first alone has a proxy), PostgreSQL and Valkey."""

    brokers: tuple[ApacheKafka, ...]
    postgres: Postgres
    redis: Valkey
    network: Network

    @property
    def kafka(self) -> ApacheKafka:
        """The broker, or the first of them."""
        return self.brokers[0]

    @property
    def bootstrap_servers(self) -> str:
        """Every broker, as a client wants them."""
        return ",".join(broker.url for broker in self.brokers)

    def make_healthy(self) -> None:
        """Start what a fault left down, so that the next one begins like the first."""
        for proxy in (self.network.kafka, self.network.postgres, self.network.redis):
            proxy.switch(Mode.FORWARD)
        for server in (*self.brokers, self.postgres, self.redis):
            if server.process is None or server.process.poll() is not None:
                server.start()
        with redis.Redis.from_url(self.redis.url) as client:
            client.flushall()
            client.config_set("maxmemory", "0")


@contextmanager
def shared_servers(data_dir: Path) -> Iterator[Servers]:
    """Start one of each, with a migrated database to copy. Raises ServiceError."""
    with ExitStack() as stack:
        postgres = stack.enter_context(Postgres(data_dir / "postgres", durable=True))
        valkey = stack.enter_context(Valkey(data_dir / "redis", durable=True))
        kafka, before_kafka = _kafka_behind_proxy(data_dir / "kafka")
        network = Network(before_kafka, Proxy(postgres.port), Proxy(valkey.port))
        for proxy in (network.kafka, network.postgres, network.redis):
            stack.enter_context(proxy)
        stack.enter_context(kafka)
        migrate(postgres)
        yield Servers((kafka,), postgres, valkey, network)


def migrate(postgres: Postgres) -> None:
    """Make the database that the faults' own are copied from. Raises ServiceError."""
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {MIGRATED}")
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    environment = {"DATABASE_URL": postgres.database_url(MIGRATED)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServiceError(f"flask --app wsgi db upgrade failed:\n{(done.stderr or done.stdout).strip()}")


def _kafka_behind_proxy(data_dir: Path) -> tuple[ApacheKafka, Proxy]:
    """Return a Kafka of two listeners, and the proxy before the second, which names the proxy's port as its own."""
    kafka = ApacheKafka(data_dir)
    port, controller_port = free_port(), free_port()
    proxy = Proxy(port)
    kafka.properties = listeners(kafka.port, controller_port, (port, proxy.port))
    return kafka, proxy


def listeners(port: int, controller_port: int, proxied: tuple[int, int]) -> Mapping[str, str]:
    """Return Kafka's settings for a second listener: `proxied` is its port, and the one it tells its clients."""
    own, told = proxied
    direct = f"PLAINTEXT://{HOST}:{port}"
    return {
        "listeners": f"{direct},PROXIED://{HOST}:{own},CONTROLLER://{HOST}:{controller_port}",
        "advertised.listeners": f"{direct},PROXIED://{HOST}:{told}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
    }


__all__ = ["MIGRATED", "Network", "Servers", "Service", "migrate", "shared_servers"]
