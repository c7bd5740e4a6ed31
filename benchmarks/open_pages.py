"""A thousand pages that are open: what each asks for again and again, over loopback, and what the answers cost."""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from devservices.processes import HOST

PAUSE_SECONDS = 1.8  # between two questions of a page, a tenth shorter or longer: storefront/web/static/live.js
WARM_SECONDS = 2.5
MEASURED_SECONDS = 6.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Pages:
    """Open pages: `requests` has for each what it sends, as it goes through the wire; `statuses` counts the answers."""

    port: int
    requests: Sequence[bytes]
    statuses: Counter[int] = field(default_factory=Counter)

    def cost(self, web: int) -> tuple[float, float]:
        """Leave them open. Return how many cores the process group `web` kept busy, and the answers a second."""
        return asyncio.run(self._cost(web))

    async def _cost(self, web: int) -> tuple[float, float]:
        pages = [asyncio.create_task(self._stay(request)) for request in self.requests]
        await asyncio.sleep(WARM_SECONDS)
        self.statuses.clear()
        began, used = time.perf_counter(), cpu_seconds(web)
        await asyncio.sleep(MEASURED_SECONDS)
        took, used = time.perf_counter() - began, cpu_seconds(web) - used
        answers = self.statuses.total()
        for page in pages:
            page.cancel()
        await asyncio.gather(*pages, return_exceptions=True)
        return used / took, answers / took

    async def _stay(self, request: bytes) -> None:
        dice = random.Random(request)  # noqa: S311  (a pause, no secret)
        await asyncio.sleep(dice.random() * PAUSE_SECONDS)
        while True:
            self.statuses[await self._ask(request)] += 1
            await asyncio.sleep(PAUSE_SECONDS * dice.uniform(0.9, 1.1))

    async def _ask(self, request: bytes) -> int:
        try:
            reader, writer = await asyncio.open_connection(HOST, self.port)
            writer.write(request)
            answer = await reader.read()
            writer.close()
        except OSError:
            return HTTPStatus.SERVICE_UNAVAILABLE
        return int(answer.split(b" ", 2)[1])


def cpu_seconds(group: int) -> float:
    """Return how much CPU time, its own and the kernel's, the living processes of a process group have used."""
    return sum(_ticks(stat, group) for stat in Path("/proc").glob("[0-9]*/stat")) / TICKS


def _ticks(stat: Path, group: int) -> int:
    try:
        fields = stat.read_text().rpartition(")")[2].split()
    except OSError:  # it has just ended
        return 0
    return int(fields[11]) + int(fields[12]) if int(fields[2]) == group else 0
