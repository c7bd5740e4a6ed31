"""A thousand pages that are open: what each asks for again and again, over loopback, and what the answers cost."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from benchmarks.processes import cpu_seconds
from devservices.processes import HOST

PAUSE_SECONDS = 1.8  # between two questions of a page, a tenth shorter or longer: storefront/web/static/live.js
WARM_SECONDS = 2.5
MEASURED_SECONDS = 6.0


@dataclass
class Pages:
    """Open pages: `requests` has for each what it sends, as it goes through the wire; `statuses` counts the answers."""

    port: int
    requests: Sequence[bytes]
    statuses: Counter[int] = field(default_factory=Counter)

    def cost(self, web: int) -> tuple[float, float]:
        """Leave them open. Return how many cores `web` and its children kept busy, and the answers a second."""
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
