"""Records that kafka-python can't read: which, and what to do about them.

After such an error kafka-python 3.0.12 goes on with an iterator that is dead: the next poll spins for ever. What helps
is to move the consumer past the place; but the error doesn't always name it, and nothing public does. The frames of
the error's traceback do.
"""

from traceback import walk_tb
from typing import NamedTuple

from kafka.errors import UnsupportedCodecError


class CodecMissing(Exception):
    """The topic's messages are compressed in a way that this installation can't undo. Only a person can mend that."""


class Place(NamedTuple):
    """Where the record stands that could not be read."""

    partition: int
    offset: int


def place_of(error: BaseException) -> Place | None:
    """Return where the record stands whose reading raised `error`, None where something else did.

    Raises CodecMissing: it concerns every record, and none of them is bad.
    """
    for frame, _ in walk_tb(error.__traceback__):
        if frame.f_code.co_name == "_unpack_records":
            reader = frame.f_locals["self"]
            place = Place(reader.topic_partition.partition, reader.next_fetch_offset)
            if isinstance(error, UnsupportedCodecError):
                raise CodecMissing(_what_to_do(place, error)) from error
            return place
    return None


def _what_to_do(place: Place, error: BaseException) -> str:
    return (
        f"partition {place.partition} can't be read from offset {place.offset} on: {error}; install the codec, "
        "pip install 'kafka-python[crc32c,lz4,snappy,zstd]', and start the bridge again: nothing is lost"
    )
