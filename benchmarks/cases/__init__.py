"""All cases, in the order in which they are run and shown."""

from benchmarks.case import Case
from benchmarks.cases import (
    backlog,
    bad_share,
    cpu,
    enqueue,
    freshness,
    memory,
    million,
    one_task_each,
    open_pages,
    product_page,
    scaling,
)

CASES: dict[str, Case] = {
    case.name: case
    for case in (
        enqueue.CASE,
        one_task_each.CASE,
        backlog.CASE,
        product_page.CASE,
        open_pages.CASE,
        freshness.CASE,
        million.CASE,
        bad_share.CASE,
        scaling.CASE,
        cpu.CASE,
        memory.CASE,
    )
}
