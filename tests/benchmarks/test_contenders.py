"""Every contender does the job that it is measured at: each of them compares its own rows with the log's fold."""

from types import ModuleType

import pytest

from benchmarks import programs, rows, traffic
from benchmarks.case import WrongResult
from benchmarks.cases import CASES, backlog, bad_share, enqueue, freshness, one_task_each
from benchmarks.job import new_job, new_topic
from benchmarks.servers import Servers

FEW = {
    enqueue: {"BRIDGE_MESSAGES": 400, "LOOP_MESSAGES": 400},
    one_task_each: {"MESSAGES": 400, "USUAL_MESSAGES": 400},
    backlog: {"MESSAGES": 4_000},
    bad_share: {"MESSAGES": 400},
    freshness: {"PER_SECOND": 1_000},
}


@pytest.mark.slow
@pytest.mark.parametrize("module", FEW, ids=lambda module: str(module.CASE.name))
def test_contenders_leave_what_a_fold_over_the_log_does(
    module: ModuleType, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, few in FEW[module].items():
        monkeypatch.setattr(module, name, few)
    case = CASES[module.CASE.name]
    with case.opened(servers) as contenders:
        for name, contender in contenders.items():
            assert set(contender()) <= set(case.figures), name


def test_a_contender_that_leaves_wrong_rows_is_not_measured(servers: Servers) -> None:
    with new_topic(servers, "wrong", traffic.PARTITIONS) as topic, new_job(servers, topic) as job:
        job.database.execute("UPDATE stock_levels SET inventory = 7 WHERE product_code = 'P0-0000'")
        with pytest.raises(WrongResult, match=r"1 products are wrong, among them P0-0000: the log says 0, .* 7"):
            rows.check(job, 0)


def test_a_contender_that_dies_is_not_measured(servers: Servers) -> None:
    with new_topic(servers, "dead", traffic.PARTITIONS) as topic, new_job(servers, topic) as job:
        job.start({"bridge": programs.bridge(BRIDGE_CHUNK_MESSAGES="many")})
        with pytest.raises(WrongResult, match=r"bridge ended by itself; its log .* ends:"):
            rows.rate(job, 400)
