"""Bad messages among good ones: what they cost the good ones behind them."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from time import perf_counter

from benchmarks import programs, rows, traffic
from benchmarks.case import Case, Contender, Figures, Goal, WrongResult
from benchmarks.job import Job, new_job, new_topic
from benchmarks.servers import Servers
from chaos.topic import Topic

MESSAGES = 4_000  # good and bad
SHARES = {"no bad ones": 0.0, "one in ten": 0.1, "every second one": 0.5}
WORKERS = 2
SETTINGS = {"BRIDGE_MAX_IN_FLIGHT": str(2 * MESSAGES), "BRIDGE_BAD_SHARE_LIMIT": "1"}

WARM_SHARE = 0.1

ROWS, SETTLED = "rows", "settled"


@contextmanager
def _opened(servers: Servers) -> Iterator[Mapping[str, Contender]]:
    with ExitStack() as stack:
        contenders = {}
        for name, share in SHARES.items():
            topic = stack.enter_context(new_topic(servers, f"bad-share-{share}", traffic.PARTITIONS))
            traffic.write(topic, traffic.with_bad(traffic.messages(_good(share)), share))
            contenders[name] = partial(_shop, servers, topic, share)
        yield contenders


def _shop(servers: Servers, topic: Topic, share: float) -> Figures:
    good = _good(share)
    with new_job(servers, topic) as job:
        job.start({"bridge": programs.bridge(**SETTINGS), **programs.workers(WORKERS)})
        measured = MESSAGES - rows.wait_about(job, round(good * WARM_SHARE)) * MESSAGES / good
        began_at = perf_counter()
        rows.wait(job, good)
        rows_after = perf_counter() - began_at
        with job.database.connected() as connection:
            job.until("settles have answered for all", lambda: rows.settled_messages(connection) >= MESSAGES)
        settled_after = perf_counter() - began_at
        _check_letters(job, MESSAGES - good)
    return {ROWS: measured / rows_after, SETTLED: measured / settled_after}


def _good(share: float) -> int:
    return round(MESSAGES * (1 - share))


def _check_letters(job: Job, wanted: int) -> None:
    if (found := len(job.database.letters())) != wanted:
        raise WrongResult(f"{wanted} messages were bad, and {found} are dead letters; the logs are in {job.folder}")


CASE = Case(
    name="bad-share",
    title="Bad messages among good ones",
    how=(
        f"From a topic of {MESSAGES:,} messages, the bad ones spread among the good: messages of both kinds by the "
        "time until every good one is a row, and by the time until settles have answered for all and each bad one is "
        f"a dead letter. One task each, {WORKERS} workers."
    ),
    figures={ROWS: "messages/s", SETTLED: "messages/s"},
    opened=_opened,
    goals=tuple(
        Goal(figure, share, "no bad ones", "at least", 0.8)
        for figure in (ROWS, SETTLED)
        for share in ("one in ten", "every second one")
    ),
)
