"""Faults of the network between two of the shop's processes: each way in which it fails, on each of four links."""

from collections.abc import Callable

from chaos.experiment import Experiment
from chaos.fault import Fault, Setup, add
from chaos.proxy import LATENCY_SECONDS, Mode

LINKS = (("worker", "redis"), ("worker", "postgres"), ("bridge", "kafka"), ("bridge", "redis"))


def silent(run: Experiment) -> None:
    """Let nothing through for a minute; connections stay open."""
    run.network.switch(Mode.BLACKHOLE)
    run.wait(30)  # for what is under way: a bridge hears its workers between calls to Kafka that take their time
    run.stand_still(30)
    run.network.switch(Mode.FORWARD)


def cut(run: Experiment) -> None:
    """Reset all connections five times, each time for two seconds."""
    for _ in range(5):
        run.network.switch(Mode.CUT)
        run.wait(2)
        run.network.switch(Mode.FORWARD)
        run.wait(2)


def slow(run: Experiment) -> None:
    """Deliver everything late for 20 s."""
    run.network.switch(Mode.SLOW)
    run.wait(20)
    run.network.switch(Mode.FORWARD)


WAYS: dict[Callable[[Experiment], None], str] = {
    silent: "lets nothing through for a minute",
    cut: "resets all connections, for two seconds, five times",
    slow: f"is {LATENCY_SECONDS} s late each way, for 20 s",
}

for _who, _server in LINKS:
    for _act, _what in WAYS.items():
        _summary = f"The network between {_who} and {_server} {_what}."
        # A solo worker whose task hears nothing from the database for 25 s ends itself.
        _may_end = "worker" if (_server, _act) == ("postgres", silent) else "nobody"
        _setup = Setup(proxied=(_who, _server), may_end=_may_end)
        add(Fault(f"network-{_who}-{_server}-{_act.__name__}", _summary, _act, _setup))
