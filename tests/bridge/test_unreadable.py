"""Batches that the client can't read, on a real broker."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import kafka.codec
import pytest
from kafka import KafkaProducer

from bridge.config import Settings
from bridge.envelope import Unreadable
from bridge.source import Source
from bridge.unreadable import CodecMissing
from devservices import ApacheKafka, Service
from tests.bridge.test_source import until

Write = Callable[..., None]


@pytest.fixture
def write(kafka: Service, topic: str) -> Write:
    """Write messages to partition 1, each call a batch of its own."""

    def send(*values: bytes, compression: str | None = None) -> None:
        settings = {"compression_type": compression, "linger_ms": 200, "acks": "all"}
        with closing(KafkaProducer(bootstrap_servers=kafka.url, **settings)) as producer:
            for sent in [producer.send(topic, value=value, partition=1) for value in values]:
                sent.get(10)

    return send


def joined(sources: list[Source]) -> Source:
    source = Source(Settings(), lambda _revoked: None)
    sources.append(source)
    until(lambda: source.assigned or source.poll())
    source.seek(1, None)  # the poll that joined may have brought records, too
    return source


@pytest.fixture
def join(bridge_environment: dict[str, str]) -> Iterator[Callable[[], Source]]:
    assert bridge_environment
    sources: list[Source] = []
    yield lambda: joined(sources)
    for source in sources:
        source.close()


def read(source: Source, count: int) -> list[Any]:
    found: list[Any] = []
    while len(found) < count:
        found += until(source.poll)[1]
    return found


def test_a_batch_that_rotted_on_disk_is_stepped_over(
    kafka: Service, topic: str, write: Write, join: Callable[[], Source]
) -> None:
    if not isinstance(kafka, ApacheKafka):
        pytest.skip("the embedded broker has a log format of its own")
    write(b"before")
    write(b"rotten-1", b"rotten-2")
    write(b"after")
    [segment] = Path(kafka.data_dir).glob(f"log/{topic}-1/*.log")
    segment.write_bytes(segment.read_bytes().replace(b"rotten-1", b"rotten-X"))
    found = read(join(), 4)
    assert [record.offset for record in found] == [0, 1, 2, 3]
    assert [type(record) is Unreadable for record in found] == [False, True, True, False]
    assert "failed crc check" in found[1].why
    assert (found[0].value, found[3].value) == (b"before", b"after")


def test_a_missing_codec_stops_the_reading_with_a_sentence(
    write: Write, join: Callable[[], Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(b"plain")
    write(b"packed" * 100, compression="zstd")  # what gets no smaller is sent as it is
    source = join()
    monkeypatch.setattr(kafka.codec, "has_zstd", lambda: False)
    assert [record.value for record in read(source, 1)] == [b"plain"]
    with pytest.raises(CodecMissing, match=r"partition 1 .* offset 1 .*zstd.*install the codec"):
        read(source, 1)
