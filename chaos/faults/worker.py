"""Faults of a worker."""

from itertools import cycle, islice

from chaos.experiment import Experiment
from chaos.fault import fault

KILLS = 10
KILL_SECONDS = 1.7  # no multiple of anything: a kill shall meet a worker in any moment of its work


@fault()
def killed(run: Experiment) -> None:
    """The two workers are killed (SIGKILL) in turn, again and again.

    What a killed worker held, had begun or was about to answer is done by a later settle.
    """
    for name in islice(cycle(run.shop.names("worker")), KILLS):
        run.shop.kill(name)
        run.wait(KILL_SECONDS)
