"""The command, and the table of faults."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from chaos.__main__ import main
from chaos.faults import FAULTS, SELECTIONS
from chaos.run import Overdue, Refused, _deadline, occupied
from chaos.supervisor import ROOT


def test_all_faults_are_listed_with_what_is_done() -> None:
    listed = CliRunner().invoke(main, ["--list"]).output.splitlines()
    assert len(listed) == len(FAULTS)
    assert any(line.startswith("worker-killed  ") for line in listed)
    assert all(fault.summary.endswith(".") for fault in FAULTS.values())


def test_the_documentation_has_the_same_table() -> None:
    page = (ROOT / "docs" / "chaos.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{fault.name}` | {fault.summary} |" for fault in FAULTS.values()]


def test_a_fault_that_does_not_exist_is_named() -> None:
    done = CliRunner().invoke(main, ["--fault", "worker-kiled"])
    assert (done.exit_code, done.output) == (1, "Error: no fault is named 'worker-kiled'; --list shows their names\n")


def test_selections_name_faults_that_exist() -> None:
    assert all(name in FAULTS for names in SELECTIONS.values() for name in names)


def test_a_second_run_in_the_same_place_is_refused(tmp_path: Path) -> None:
    with occupied(tmp_path), pytest.raises(Refused, match="another run uses"), occupied(tmp_path):
        pass


def test_a_fault_that_hangs_is_ended(tmp_path: Path) -> None:
    fifo = tmp_path / "never-written"
    os.mkfifo(fifo)
    with pytest.raises(Overdue, match="not over after 1 s"), _deadline(1):
        fifo.read_bytes()
