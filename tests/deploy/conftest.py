"""Processes of a test, ended after it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.processes import Processes


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    started = Processes(tmp_path)
    yield started
    started.close()
