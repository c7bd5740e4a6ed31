"""All cases, in the order in which they are run and shown."""

from benchmarks.case import Case
from benchmarks.cases import enqueue, one_task_each, open_pages

CASES: dict[str, Case] = {case.name: case for case in (enqueue.CASE, one_task_each.CASE, open_pages.CASE)}
