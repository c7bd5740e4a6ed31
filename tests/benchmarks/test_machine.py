import os
import signal
import subprocess
import sys
import time

import pytest

from benchmarks import machine, processes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="benchmarks read /proc")

BUSY = "import time; end = time.monotonic() + 0.7\nwhile time.monotonic() < end: pass\ntime.sleep(60)"


def test_what_others_took_are_shares_of_all_cpu_time() -> None:
    with machine.watched() as disturbance:
        time.sleep(0.1)
    assert 0 <= disturbance.stolen <= 1
    assert disturbance.others >= 0


def test_what_a_process_and_its_children_took_is_counted_and_is_not_others() -> None:
    shell = subprocess.Popen(["sh", "-c", f'{sys.executable} -c "{BUSY}"; true'], process_group=0)
    try:
        deadline = time.monotonic() + 60
        while processes.cpu_seconds(shell.pid) < 0.1:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert shell.pid not in processes.of_others()
        assert processes.resident_mebibytes(shell.pid) > 0.1
    finally:
        os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()


def test_a_process_that_has_ended_took_nothing() -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    assert processes.cpu_seconds(ended.pid) == 0
