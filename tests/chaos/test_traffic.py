"""The messages that the experiments send."""

from collections import Counter
from itertools import islice

from chaos import traffic
from chaos.fold import meaning
from chaos.traffic import Traffic


def meanings(messages: Traffic, number: int) -> list[tuple[str, int] | None]:
    return [meaning(message.value) for message in islice(messages, number)]


def test_each_count_is_another_and_a_third_of_the_products_is_counted_once() -> None:
    said = [one for one in meanings(traffic.usual(), 3000) if one]
    assert len({number for _, number in said}) == len(said)
    often = Counter(code for code, _ in said)
    once = [code for code in often if code.startswith("ONCE")]
    assert len(once) > 900
    assert {often[code] for code in once} == {1}


def test_about_one_in_a_hundred_is_bad() -> None:
    assert 20 < meanings(traffic.usual(), 3000).count(None) < 45
    assert set(meanings(traffic.all_bad(traffic.usual()), 100)) == {None}


def test_shuffled_and_tripled_sends_each_message_three_times() -> None:
    often = Counter(one for one in meanings(traffic.shuffled_and_tripled(), 450) if one)
    assert set(often.values()) == {3}
    assert list(often) != sorted(often, key=lambda said: said[1])


def test_special_messages_come_once_each_among_the_others() -> None:
    messages = traffic.with_special(traffic.usual(), ["EXIT0001", "EXIT0002"], every=10)
    codes = [said[0] for said in meanings(messages, 60) if said]
    assert [code for code in codes if code.startswith("EXIT")] == ["EXIT0001", "EXIT0002"]


def test_keyless_messages_have_a_value_and_no_key() -> None:
    messages = list(islice(traffic.keyless(), 500))
    assert all(message.key is None and message.value is not None for message in messages)
