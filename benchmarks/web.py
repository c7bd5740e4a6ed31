"""A shop's pages served by one gunicorn process, and shoppers who load them as fast as it can."""

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from benchmarks import programs
from benchmarks.case import WrongResult
from benchmarks.job import Job
from devservices.processes import HOST, free_port

SHOPPERS = 2  # at the same time: while one reads, the server works for the other
ANSWER_SECONDS = 10
OK = b"HTTP/1.1 200 "


Path = Callable[[int], str]
"""Gives the path of the n-th page that somebody asks for."""


class Site:
    """A running web server on a port of this machine."""

    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, path: str) -> bytes:
        """Return head and body of the answer, whatever they are. Raises OSError where there is none."""
        with socket.create_connection((HOST, self.port), ANSWER_SECONDS) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            return b"".join(iter(lambda: connection.recv(65_536), b""))

    def answers(self) -> bool:
        """Whether it serves its pages."""
        try:
            return self.get("/healthz").startswith(OK)
        except OSError:
            return False

    def rate(self, seconds: float, path: Path, shows: str) -> float:
        """Return how many pages are answered in a second.

        Raises WrongResult unless each one is a 200 that shows `shows`.
        """
        counted = [0] * SHOPPERS
        end = time.perf_counter() + seconds

        def shop(shopper: int) -> None:
            while time.perf_counter() < end:
                self._load(path(counted[shopper] * SHOPPERS + shopper), shows)
                counted[shopper] += 1

        began = time.perf_counter()
        with ThreadPoolExecutor(SHOPPERS) as pool:
            list(pool.map(shop, range(SHOPPERS)))
        return sum(counted) / (time.perf_counter() - began)

    def _load(self, path: str, shows: str) -> None:
        page = self.get(path)
        if not page.startswith(OK) or shows.encode() not in page:
            raise WrongResult(f"{path} is not a page that shows {shows!r}, but {page[:300]!r}")


@contextmanager
def serving(job: Job, application: str = "wsgi:app") -> Iterator[Site]:
    """Serve `application` on the job's database, by one process, until the block is left."""
    site = Site(free_port())
    job.start({"web": programs.web(site.port, application, processes=1)})
    job.until("the web server answers", site.answers)
    try:
        yield site
    finally:
        job.kill("web")
