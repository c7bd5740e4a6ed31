"""Log lines as a process writes them, for tests that read them."""

import logging

import pytest

from runtime import logs


class Lines:
    """What a process that logs in one of the two forms writes."""

    def __init__(self, capsys: pytest.CaptureFixture[str], process: str = "worker-1") -> None:
        self.capsys = capsys
        self.process = process

    def of(
        self,
        form: logs.LogFormat,
        message: str,
        error: Exception | None = None,
        logger: str = "shop",
        level: int = logging.ERROR,
        **fields: str,
    ) -> list[str]:
        root = logging.getLogger()
        before, usual = root.handlers[:], root.level
        try:
            logs.configure(self.process, "INFO", form)
            logging.getLogger(logger).log(level, "%s", message, exc_info=error, extra=fields)
        finally:
            root.handlers[:], root.level = before, usual
        return self.capsys.readouterr().out.splitlines()
