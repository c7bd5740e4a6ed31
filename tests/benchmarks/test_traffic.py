import json
from collections import defaultdict
from itertools import pairwise

from benchmarks import traffic


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


def test_the_highest_counts_of_the_partitions_sum_up_to_the_messages_that_were_dealt_with() -> None:
    highest = dict.fromkeys(range(traffic.PARTITIONS), 0)
    for message in traffic.messages(1_200):
        highest[message.partition] = json.loads(message.value)["inventory_count"]
    assert sum(highest.values()) == 1_200
