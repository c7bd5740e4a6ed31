"""A partition's log as the broker keeps it on disk: where its batches are, and how one goes bad."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# https://kafka.apache.org/documentation/#recordbatch: base offset, length of what follows, leader epoch, magic, CRC,
# attributes, and by how much the last offset is higher.
HEADER = struct.Struct(">qiibIhi")
BEFORE_LENGTH_COUNTS = 12  # bytes


class Batch(NamedTuple):
    """A batch of records: the bytes it takes in the file, and its offsets."""

    place: range
    offsets: range


def rot_last_batch(log_dir: Path, topic: str, partition: int) -> range:
    """Change one byte of the last batch of a broker that is down; return the offsets that nobody can read now."""
    [file] = (log_dir / f"{topic}-{partition}").glob("*.log")
    content = bytearray(file.read_bytes())
    *_, last = batches(content)
    content[last.place[-1]] ^= 0xFF
    file.write_bytes(content)
    return last.offsets


def batches(content: bytes | bytearray) -> Iterator[Batch]:
    """Yield the batches of a log file, in their order."""
    start = 0
    while start + HEADER.size <= len(content):
        base, length, *_, delta = HEADER.unpack_from(content, start)
        if not length:
            return  # room that the broker took in advance
        end = start + BEFORE_LENGTH_COUNTS + length
        yield Batch(range(start, end), range(base, base + delta + 1))
        start = end
