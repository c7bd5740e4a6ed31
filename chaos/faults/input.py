"""Faults of what the inventory system writes."""

from chaos import programs, traffic
from chaos.experiment import Experiment
from chaos.fault import Setup, fault

HALF_A_DAY_MS = "43200000"
DEADLY_AMONG = 300  # messages
DEADLY_WORKERS = {
    "bridge": programs.bridge(),
    **{name: programs.worker(name, module="chaos.broken.deadly_worker") for name in ("worker-1", "worker-2")},
}


def _deadly(word: str) -> Setup:
    """Workers that don't survive a message whose product code begins with `word`, and may take long to find out."""
    return Setup(programs=DEADLY_WORKERS, deadly=lambda code: code.startswith(word), may_end="worker", heal_seconds=120)


@fault()
def one_percent_bad(run: Experiment) -> None:
    """Nothing is done to the shop; as in all experiments one message in a hundred is bad."""
    run.wait(15)


@fault(Setup(traffic=traffic.shuffled_and_tripled))
def shuffled_and_tripled(run: Experiment) -> None:
    """Each message comes three times, in any order among its neighbours."""
    run.wait(15)


@fault(Setup(traffic=traffic.keyless))
def keyless(run: Experiment) -> None:
    """No message has a key: a product's messages stand in all partitions, and the broker's time decides."""
    run.wait(15)


@fault(
    Setup(
        traffic=traffic.from_the_future,
        configuration={
            "message.timestamp.type": "CreateTime",
            "message.timestamp.after.max.ms": HALF_A_DAY_MS,
        },
    )
)
def stamped_an_hour_ahead(run: Experiment) -> None:
    """Every timestamp is the writer's, whose clock is an hour ahead; each product keeps to one partition."""
    run.wait(15)


@fault()
def all_bad(run: Experiment) -> None:
    """From some moment on every message is bad: the bridge stops and says so, until somebody lets it go on."""
    run.stream.change(traffic.all_bad)
    run.until("the bridge has stopped reading", lambda: "stops reading: " in run.log("bridge"))
    run.wait(5)
    run.replace("bridge", programs.bridge(BRIDGE_BAD_SHARE_LIMIT="1"))


@fault(_deadly("EXIT"))
def ends_its_worker(run: Experiment) -> None:
    """Two messages end the process that looks into them (os._exit), each time."""
    _send_two(run, "EXIT")


@fault(_deadly("HUGE"))
def eats_memory(run: Experiment) -> None:
    """Two messages make whoever looks into them take all the memory there is."""
    _send_two(run, "HUGE")


@fault(_deadly("HANG"))
def never_returns(run: Experiment) -> None:
    """Two messages make whoever looks into them wait for ever."""
    _send_two(run, "HANG")


def _send_two(run: Experiment, word: str) -> None:
    before = run.stream.sent
    codes = (f"{word}0001", f"{word}0002")
    run.stream.change(lambda messages: traffic.with_special(messages, codes, DEADLY_AMONG))
    run.until("both were sent", lambda: run.stream.sent > before + 2 * DEADLY_AMONG + 2)
