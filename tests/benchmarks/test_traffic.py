import json
from collections import defaultdict
from itertools import pairwise

import pytest

from benchmarks import traffic
from chaos.fold import meaning


def test_the_fold_is_what_the_last_message_of_each_product_says() -> None:
    last = dict.fromkeys(traffic.codes(), 0)
    for message in traffic.messages(3_000):
        said = json.loads(message.value)
        last[said["product_code"]] = said["inventory_count"]
    assert traffic.fold(3_000) == last


def test_no_product_is_counted_twice_within_a_few_hundred_messages() -> None:
    seen: dict[bytes, list[int]] = defaultdict(list)
    for place, message in enumerate(traffic.messages(3_000)):
        seen[message.key].append(place)
    gaps = [later - earlier for places in seen.values() for earlier, later in pairwise(places)]
    assert min(gaps) == traffic.PARTITIONS * traffic.PRODUCTS_EACH


def test_a_field_more_changes_nothing_of_what_a_message_says() -> None:
    plain = list(traffic.messages(8))
    dressed = list(traffic.with_a_field_more(plain))
    assert [meaning(one.value) for one in dressed] == [meaning(one.value) for one in plain]
    assert all(b"warehouse" in one.value for one in dressed)


def test_the_highest_counts_of_the_partitions_sum_up_to_the_messages_that_were_dealt_with() -> None:
    highest = dict.fromkeys(range(traffic.PARTITIONS), 0)
    for message in traffic.messages(1_200):
        highest[message.partition] = json.loads(message.value)["inventory_count"]
    assert sum(highest.values()) == 1_200


@pytest.mark.parametrize("share", [0, 0.1, 0.5])
def test_bad_messages_are_the_share_that_was_asked_for_and_stand_among_the_good_ones(share: float) -> None:
    good = round(800 * (1 - share))
    mixed = [meaning(message.value) is None for message in traffic.with_bad(traffic.messages(good), share)]
    assert len(mixed) == 800
    assert sum(mixed) == 800 - good
    assert sum(mixed[:400]) == pytest.approx(sum(mixed) / 2, abs=4)
