from bridge.envelope import wrap
from bridge.ledger import CHUNK_BYTES, CHUNK_SECONDS, Chunk, Ledger, Receipt
from bridge.request import Traffic
from tests.bridge.records import FEED, records


def make_ledger(position: int = 0, chunk_messages: int = 3) -> Ledger:
    return Ledger(FEED, position, chunk_messages)


def read(ledger: Ledger, first: int, count: int, now: float = 0.0, **fields: object) -> None:
    ledger.read([wrap(record) for record in records(first, count, **fields)], now)


def send_due(ledger: Ledger, now: float, *, queue_empty: bool = False) -> list[Chunk]:
    chunks = list(ledger.due(Traffic(now, queue_empty, last_answered_at=0)))
    for chunk in chunks:
        assert chunk.request
        chunk.request.new_id()
        chunk.request.sent(now)
    return chunks


def test_an_empty_ledger_is_dealt_with_up_to_where_it_reads() -> None:
    assert make_ledger(position=42).next_offset == 42


def test_a_message_is_open_from_the_moment_it_is_read() -> None:
    ledger = make_ledger(position=5)
    read(ledger, 5, 2)
    assert (ledger.next_offset, ledger.position, ledger.open_messages) == (5, 7, 2)


def test_a_full_chunk_is_due_at_once_and_a_small_one_after_its_time() -> None:
    ledger = make_ledger(chunk_messages=3)
    read(ledger, 0, 4)
    assert [chunk.first for chunk in send_due(ledger, 0.0)] == [0]
    assert send_due(ledger, CHUNK_SECONDS - 0.1) == []
    assert [chunk.first for chunk in send_due(ledger, CHUNK_SECONDS)] == [3]


def test_a_chunk_is_bounded_in_bytes() -> None:
    ledger = make_ledger(chunk_messages=500)
    read(ledger, 0, 3, value=b"x" * (CHUNK_BYTES // 2))
    read(ledger, 3, 1, value=b"x" * (5 * CHUNK_BYTES))
    assert [len(chunk.messages) for chunk in send_due(ledger, CHUNK_SECONDS)] == [1, 1, 1, 1]


def test_nothing_joins_a_chunk_whose_settle_is_out() -> None:
    ledger = make_ledger(chunk_messages=500)
    read(ledger, 0, 1)
    [first] = send_due(ledger, CHUNK_SECONDS)
    read(ledger, 1, 1, now=CHUNK_SECONDS)
    assert len(first.messages) == 1


def test_the_prefix_waits_for_the_oldest_open_chunk() -> None:
    ledger = make_ledger(chunk_messages=2)
    read(ledger, 0, 6)
    first, second, third = send_due(ledger, 0.0)
    ledger.answer(second, "receipt-1")
    assert ledger.next_offset == 0
    ledger.answer(first, "receipt-2")
    assert ledger.next_offset == 4
    ledger.answer(third, "receipt-3")
    assert (ledger.next_offset, ledger.open_messages, ledger.open_bytes) == (6, 0, 0)
    assert [receipt.last_offset for receipt in ledger.receipts] == [1, 3, 5]


def test_the_time_dealt_with_is_that_of_the_newest_message_in_the_prefix() -> None:
    ledger = make_ledger(chunk_messages=1)
    read(ledger, 0, 1, timestamp=100)
    read(ledger, 1, 1, timestamp=200)
    first, second = send_due(ledger, 0.0)
    ledger.answer(second, "receipt-1")
    assert ledger.dealt_until is None
    ledger.answer(first, "receipt-2")
    assert ledger.dealt_until == 200


def test_receipts_are_kept_until_the_place_has_moved_past_them() -> None:
    ledger = make_ledger(chunk_messages=1)
    read(ledger, 0, 2)
    for chunk in send_due(ledger, 0.0):
        ledger.answer(chunk, f"receipt-{chunk.first}")
    ledger.confirm(1)
    assert ledger.receipts == [Receipt(1, "receipt-1")]


def test_a_gap_at_the_end_of_the_log_counts_as_dealt_with() -> None:
    ledger = make_ledger()
    read(ledger, 0, 1)
    ledger.moved(3)
    [chunk] = send_due(ledger, CHUNK_SECONDS)
    assert ledger.next_offset == 0
    ledger.answer(chunk, "receipt-1")
    assert ledger.next_offset == 3


def test_an_unanswered_settle_goes_out_again_once_it_must_be_lost() -> None:
    ledger = make_ledger()
    read(ledger, 0, 3)
    [chunk] = send_due(ledger, 0.0)
    assert send_due(ledger, 100.0, queue_empty=False) == []
    assert send_due(ledger, 100.0, queue_empty=True) == [chunk]


def test_a_record_without_a_time_says_nothing_about_how_far_it_is_dealt_with() -> None:
    ledger = make_ledger(chunk_messages=1)
    read(ledger, 0, 1, timestamp=1_000)
    read(ledger, 1, 1, timestamp=-1)
    for chunk in send_due(ledger, 0.0):
        ledger.answer(chunk, "receipt")
    assert (ledger.next_offset, ledger.dealt_until) == (2, 1_000)
