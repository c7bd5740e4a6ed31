"""What a thousand open pages cost while nothing changes."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from urllib.parse import urlencode

from benchmarks import programs, traffic
from benchmarks.case import Case, Contender, Figures, Goal, WrongResult
from benchmarks.job import Job, new_job
from benchmarks.open_pages import MEASURED_SECONDS, Pages
from benchmarks.servers import Servers
from chaos.topic import Topic
from devservices.processes import HOST, free_port, listens

PAGES = 1_000
ON_A_LIST = 50  # products
BUDGET = "the budget"
SHOP = "shop.example"  # the document has its own address within, so its ETag is of this name
CORES, RATE = "cores", "answers"


@contextmanager
def _opened(servers: Servers) -> Iterator[Mapping[str, Contender]]:
    with new_job(servers, Topic(servers.kafka.url, "none")) as job:
        port = free_port()
        job.start({"web": programs.web(port)})
        job.until("the pages are served", lambda: listens(port))
        yield {
            "product pages": partial(_measured, job, port, [*_live(1)], 204),
            "lists": partial(_measured, job, port, [*_live(ON_A_LIST)], 204),
            "JSON documents": partial(_measured, job, port, [*_documents(port)], 304),
            BUDGET: lambda: {CORES: 0.5},
        }


def _measured(job: Job, port: int, requests: Sequence[bytes], expected: int) -> Figures:
    """Measure the web processes while these `requests` are sent; each must be answered with the status `expected`."""
    pages = Pages(port, requests)
    cores, rate = pages.cost(job.processes["web"].pid)
    if set(pages.statuses) != {expected}:
        raise WrongResult(f"open pages were answered with {dict(pages.statuses)}; expected nothing but {expected}")
    return {CORES: cores, RATE: rate}


def _live(products: int) -> Iterator[bytes]:
    """Give what each page asks that shows so many products, all of them sold out."""
    codes = traffic.codes() * 2
    for number in range(PAGES):
        begin = number % (len(codes) // 2)
        yield _request(f"/live?{urlencode(dict.fromkeys(codes[begin : begin + products], 'out'))}")


def _documents(port: int) -> Iterator[bytes]:
    """Give what each page asks that polls the document of its product, with the ETag that it has."""
    codes = traffic.codes()
    for number in range(PAGES):
        address = f"/products/{codes[number % len(codes)]}.json"
        yield _request(address, f"If-None-Match: {_etag(port, address)}\r\n")


def _etag(port: int, address: str) -> str:
    connection = HTTPConnection(HOST, port, timeout=10)
    connection.request("GET", address, headers={"Host": SHOP})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.headers["ETag"]


def _request(address: str, headers: str = "") -> bytes:
    return f"GET {address} HTTP/1.1\r\nHost: {SHOP}\r\nConnection: close\r\n{headers}\r\n".encode()


CASE = Case(
    name="open-pages",
    title=f"{PAGES:,} open pages, nothing changing",
    how=(
        f"CPU time of gunicorn and its two processes, as the README runs them, over {MEASURED_SECONDS:.0f} s. Each "
        f"page asks every 1.8 s what has changed; a list shows {ON_A_LIST} products. Held against as many pages that "
        "ask for their product's JSON document with its ETag, one query each; and against half a core."
    ),
    figures={CORES: "cores", RATE: "answers/s"},
    opened=_opened,
    goals=(
        Goal(CORES, "product pages", BUDGET, "at most", 1),
        Goal(CORES, "lists", BUDGET, "at most", 1),
        Goal(CORES, "product pages", "JSON documents", "at most", 0.6),
    ),
)
