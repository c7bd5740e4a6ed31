from types import SimpleNamespace
from typing import Any

from chaos.traffic import counted


def record(code: str, count: int, *, offset: int = 0, epoch: int = 0, time: int = 0) -> Any:
    """What kafka-python gives of a good message."""
    return bad_record(counted(code, count).value, offset=offset, epoch=epoch, time=time)


def bad_record(value: bytes | None, *, offset: int = 0, epoch: int = 0, time: int = 0) -> Any:
    return SimpleNamespace(value=value, offset=offset, leader_epoch=epoch, timestamp=time)
