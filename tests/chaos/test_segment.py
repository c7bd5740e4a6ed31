"""A partition's log on disk, written by kafka-python's own builder."""

from pathlib import Path

from kafka.record.default_records import DefaultRecordBatchBuilder

from chaos.segment import batches, rot_last_batch


def batch(base: int, *values: bytes) -> bytes:
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 10_000)
    for delta, value in enumerate(values):
        builder.append(delta, 0, None, value, [])
    built = bytearray(builder.build())
    built[:8] = base.to_bytes(8, "big")  # a broker gives the offsets
    return bytes(built)


def test_batches_are_found_with_their_offsets_up_to_room_taken_in_advance() -> None:
    log = batch(5, b"one", b"two") + batch(7, b"three")
    assert [found.offsets for found in batches(log + bytes(100))] == [range(5, 7), range(7, 8)]
    assert [found.place.stop for found in batches(log)][-1] == len(log)


def test_one_byte_of_the_last_batch_rots(tmp_path: Path) -> None:
    file = tmp_path / "topic-1" / "00000000000000000000.log"
    file.parent.mkdir()
    first, last = batch(0, b"one"), batch(1, b"two", b"three")
    file.write_bytes(first + last)
    assert rot_last_batch(tmp_path, "topic", 1) == range(1, 3)
    rotten = file.read_bytes()
    assert rotten.startswith(first)
    assert sum(was != now for was, now in zip(first + last, rotten, strict=True)) == 1
