"""What a person reads of a run."""

from collections import Counter
from pathlib import Path

import pytest

from chaos import report
from chaos.experiment import Result


def test_the_table_has_a_line_for_each_fault_and_says_how_many_were_withstood() -> None:
    withstood = Result("worker-killed", 3960, 2.94, Counter({"worker-2": 4, "worker-1": 5}))
    failed = Result("redis-wiped", failures=["product JANW7810: expected 3; found 4"])
    assert report.table([withstood, failed]).split("\n") == [
        "",
        "fault          updates  healed in  restarts                verdict",
        "worker-killed  3960     2.9 s      worker-1 5, worker-2 4  ok",
        "redis-wiped    0                                           FAILED",
        "",
        "1 of 2 faults withstood",
        "",
    ]


def test_a_failure_is_told_at_once_with_where_its_logs_are(capsys: pytest.CaptureFixture[str]) -> None:
    report.ended(Result("redis-wiped", 12, failures=["product JANW7810: expected 3; found 4"]), Path("/logs/redis"))
    verdict, difference, logs = capsys.readouterr().out.splitlines()
    assert verdict == "  FAILED: 12 updates, healed in -, restarts: none"
    assert difference == "  - product JANW7810: expected 3; found 4"
    assert logs.startswith("  logs: /logs/redis; load average ")
