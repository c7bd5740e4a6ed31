"""Faults of the bridge. A killed one stays in its group for the session timeout, 10 s: until then nobody reads."""

import signal

from chaos import programs
from chaos.experiment import Experiment
from chaos.fault import Setup, fault

SESSION_SECONDS = 10
FOUR = 4
TWO_BRIDGES = {**programs.USUAL, "bridge-2": programs.bridge()}


@fault()
def killed(run: Experiment) -> None:
    """The bridge is killed (SIGKILL) twice in the middle of its work, then five times while it joins.

    What it had enqueued and not heard of is read again, from the place in the database.
    """
    for _ in range(2):
        run.shop.kill("bridge")
        wait_until_it_reads(run)
        run.wait(1.3)
    for _ in range(5):
        run.shop.kill("bridge")
        run.wait(1.3)


@fault()
def killed_between_publish_and_commit(run: Experiment) -> None:
    """The bridge is killed right after Redis took its tasks, four times.

    The tasks run, and their messages are read and enqueued again: a repetition changes nothing.
    """
    run.replace("bridge", programs.bridge("chaos.broken.dying_bridge"))
    run.until("it was killed four times", lambda: run.shop.restarts["bridge"] >= FOUR)
    run.replace("bridge", programs.bridge())


@fault(Setup(programs=TWO_BRIDGES))
def stopped(run: Experiment) -> None:
    """One of two bridges is frozen (SIGSTOP) for longer than its session, while the other takes its partitions.

    Awake again it finds its partitions gone, and commits nothing of them.
    """
    run.shop.send("bridge", signal.SIGSTOP)
    run.wait(SESSION_SECONDS + 5)
    run.shop.send("bridge", signal.SIGCONT)
    run.wait(2)


@fault()
def second_one_coming_and_going(run: Experiment) -> None:
    """A second bridge joins and leaves every five seconds."""
    for _ in range(3):
        run.start("bridge-2", programs.bridge())
        run.wait(5)
        run.shop.stop("bridge-2")
        run.wait(5)


def wait_until_it_reads(run: Experiment) -> None:
    """Wait until a bridge that has just been started anew reads."""
    before = run.log("bridge").count("reads partitions")
    run.until("the bridge reads again", lambda: run.log("bridge").count("reads partitions") > before)
