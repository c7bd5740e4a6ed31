"""What a product page costs beside the least that it could."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from benchmarks import traffic, web
from benchmarks.case import Case, Contender, Figures, Goal
from benchmarks.job import new_job, new_topic
from benchmarks.servers import Servers

SECONDS = 4.0
WARM_SECONDS = 1.0
RATE = "pages"


@contextmanager
def _opened(servers: Servers) -> Iterator[Mapping[str, Contender]]:
    yield {
        "shop": partial(_pages, servers, "wsgi:app"),
        "bare Flask page": partial(_pages, servers, "benchmarks.baselines.bare_page:app"),
    }


def _pages(servers: Servers, application: str) -> Figures:
    codes = traffic.codes()

    def path(number: int) -> str:
        return f"/products/{codes[number % len(codes)]}"

    with (
        new_topic(servers, "product-page", 1) as topic,
        new_job(servers, topic) as job,
        web.serving(job, application) as site,
    ):
        site.rate(WARM_SECONDS, path, "Out of stock")
        return {RATE: site.rate(SECONDS, path, "Out of stock")}


CASE = Case(
    name="product-page",
    title="A product page",
    how=(
        f"One gunicorn process, {web.SHOPPERS} shoppers for {SECONDS:g} s, another product each time. The bare page is "
        "Flask with one indexed SELECT and the same template, and nothing else: no deadline, no headers, no check of "
        "the host, no question whether the feed is stale."
    ),
    figures={RATE: "pages/s"},
    opened=_opened,
    goals=(Goal(RATE, "shop", "bare Flask page", "at least", 0.85),),
)
