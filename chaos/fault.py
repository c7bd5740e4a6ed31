"""A fault: what is done to a shop, and which shop it is done to."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from chaos import programs, traffic
from chaos.supervisor import Program

if TYPE_CHECKING:
    from chaos.experiment import Experiment
    from chaos.servers import Servers

HEAL_SECONDS = 60

Act = Callable[["Experiment"], None]

FAULTS: dict[str, Fault] = {}
"""All of them by name, in the order of their modules."""


@dataclass(frozen=True, kw_only=True)
class Setup:
    """The shop that a fault is done to, where it isn't the usual one: a bridge, two solo workers, three partitions."""

    programs: Mapping[str, Program] = field(default_factory=lambda: programs.USUAL)
    settings: Mapping[str, str] = field(default_factory=dict)
    """Variables for all of them."""

    proxied: tuple[str, str] | None = None
    """Which programs (by the start of their names) reach which server by its proxy: `("worker", "redis")`."""

    traffic: Callable[[], traffic.Traffic] = traffic.usual
    partitions: int = 3
    replicas: int = 1
    configuration: Mapping[str, str] = field(default_factory=dict)
    """Of the topic."""

    servers: Callable[[Servers], AbstractContextManager[Servers]] = nullcontext
    """Gives the servers to use in place of the shared ones."""

    deadly: Callable[[str], bool] = lambda _code: False
    """Tells by its product code which message kills its worker."""

    may_end: str = "nobody"
    """Which programs (by the start of their names) may end by themselves, to be started again."""

    heal_seconds: float = HEAL_SECONDS


@dataclass(frozen=True)
class Fault:
    """One row of the table. `act` does it and heals it again; it returns when the world is whole."""

    name: str
    summary: str
    act: Act
    setup: Setup

    def with_settings(self, settings: Mapping[str, str]) -> Fault:
        """Return the same fault, done to a shop with `settings`."""
        return replace(self, setup=replace(self.setup, settings={**self.setup.settings, **settings}))


def fault(setup: Setup | None = None) -> Callable[[Act], Act]:
    """Enter a function into the table: `killed` in the module `worker` becomes `worker-killed`."""

    def enter(act: Act) -> Act:
        of = act.__module__.rpartition(".")[2]
        summary = (inspect.getdoc(act) or "").partition("\n")[0]
        add(Fault(f"{of}-{act.__name__}".replace("_", "-"), summary, act, setup or Setup()))
        return act

    return enter


def add(fault: Fault) -> None:
    """Enter a fault into the table."""
    FAULTS[fault.name] = fault
