"""`celery -A benchmarks.baselines.noop_worker worker`: the shop's tasks doing nothing, with Celery's default settings.

Each process counts the single tasks that it ran in a file of its own, below COUNT_FOLDER.
"""

import mmap
import os
from pathlib import Path
from typing import Any
from uuid import uuid4

from celery import Celery

from benchmarks.baselines.settings import REDIS_URL

app = Celery("noop", broker=REDIS_URL, backend=REDIS_URL)
app.conf.task_default_queue = "inventory"  # where the bridge puts them


def _counter() -> mmap.mmap:
    file = Path(os.environ["COUNT_FOLDER"], str(os.getpid()))
    file.write_bytes(bytes(8))
    with file.open("r+b") as opened:
        return mmap.mmap(opened.fileno(), 8)


_count = _counter()


@app.task(name="storefront.update_inventory", ignore_result=True)  # type: ignore[untyped-decorator]
def update_inventory(feed: dict[str, Any], record: dict[str, Any]) -> None:  # noqa: ARG001  (it does nothing)
    """Count one more."""
    _count[:] = (int.from_bytes(_count[:], "little") + 1).to_bytes(8, "little")


@app.task(name="storefront.settle_updates")  # type: ignore[untyped-decorator]
def settle_updates(feed: dict[str, Any], records: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: ARG001
    """Say what the bridge wants to hear."""
    answer = {"messages": len(records), "repaired": 0, "bad": 0, "newly_bad": 0, "first": [], "left": []}
    return {**answer, "receipt": str(uuid4())}


@app.task(name="storefront.record_place")  # type: ignore[untyped-decorator]
def record_place(feed: dict[str, Any], move: dict[str, Any] | None = None) -> dict[str, Any]:  # noqa: ARG001
    """Say that it is where the bridge wants it."""
    return {"next_offset": move and move["next_offset"], "stopped_at": None, "moved": move is not None}
