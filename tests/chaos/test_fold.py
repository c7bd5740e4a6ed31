"""The fold that the shop is compared with: small enough to be believed, and tested all the same."""

from hypothesis import given
from hypothesis import strategies as st

from chaos.fold import Fold, Letter, Row, meaning
from chaos.traffic import BAD_VALUES, counted
from tests.chaos.records import bad_record, record


def test_the_last_offset_of_a_source_wins_whatever_its_timestamp() -> None:
    fold = Fold()
    fold.add("t-0", record("JANW7810", 2, offset=1, time=100))
    fold.add("t-0", record("JANW7810", 1, offset=0, time=200))
    assert fold.rows() == {"JANW7810": Row(2, "t-0", 0, 1, 100)}


def test_a_newer_leader_epoch_beats_a_higher_offset() -> None:
    fold = Fold()
    fold.add("t-0", record("JANW7810", 1, offset=9, epoch=0))
    fold.add("t-0", record("JANW7810", 2, offset=5, epoch=1))
    assert fold.rows()["JANW7810"].inventory == 2


def test_between_sources_the_brokers_time_decides_and_then_the_name() -> None:
    fold = Fold()
    fold.add("t-0", record("JANW7810", 1, offset=9, time=100))
    fold.add("t-1", record("JANW7810", 2, offset=0, time=101))
    fold.add("a-0", record("SAME0001", 3, time=100))
    fold.add("b-0", record("SAME0001", 4, time=100))
    assert {code: row.inventory for code, row in fold.rows().items()} == {"JANW7810": 2, "SAME0001": 4}


@given(st.permutations([(source, offset) for source in ("t-0", "t-1") for offset in range(4)]))
def test_any_order_gives_the_same_rows(order: list[tuple[str, int]]) -> None:
    fold = Fold()
    for source, offset in order:
        fold.add(source, record("JANW7810", offset, offset=offset, time=offset + (source == "t-1")))
    assert fold.rows() == {"JANW7810": Row(3, "t-1", 0, 3, 4)}


def test_what_is_bad_or_deadly_is_a_letter_with_its_bytes_and_no_count() -> None:
    fold = Fold(deadly=lambda code: code == "EXIT0001")
    fold.add("t-0", bad_record(b"not JSON", offset=1, epoch=2))
    fold.add("t-0", record("EXIT0001", 5, offset=2))
    assert fold.letters == {Letter("t-0", 2, 1): b"not JSON", Letter("t-0", 0, 2): counted("EXIT0001", 5).value}
    assert (fold.rows(), fold.messages) == ({}, 2)


def test_all_bad_messages_of_the_traffic_are_judged_bad() -> None:
    assert [meaning(value) for value in BAD_VALUES] == [None] * len(BAD_VALUES)
    assert meaning(counted("JANW7810", 23).value) == ("JANW7810", 23)
