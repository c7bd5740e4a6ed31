"""All cases, in the order in which they are run and shown."""

from benchmarks.case import Case
from benchmarks.cases import enqueue

CASES: dict[str, Case] = {case.name: case for case in (enqueue.CASE,)}
