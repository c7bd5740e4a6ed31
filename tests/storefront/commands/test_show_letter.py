import re
from typing import LiteralString

import pytest

from tests.storefront.commands.conftest import Query, Run, lose_the_feed
from tests.storefront.commands.letters import bury


def test_show_has_all_that_is_kept(run: Run, query: Query) -> None:
    bury(query, 7, value=b'\xff\x00{"a": 1}\n' * 100)
    query("""UPDATE dead_letters SET key = 'JANW7810', headers = '[["trace", "/w=="], ["none", null]]'""")
    shown = run("dead-letters", "show", "1").output
    for line in (
        "letter      1, open",
        "reason      not JSON",
        "task        updates-1-7",
        "topic       updates, partition 1, offset 7",
        "source      id-1, leader epoch 0",
        "written     1970-01-01 00:00:00 UTC",
        "code        JANW7810",
        "shown now   nothing: the shop sells no JANW7810; no count",
        "key         'JANW7810'",
        r"header      trace = '\xff'",
        "header      none = none",
        "value       1100 bytes",
        r'text        \xff\x00{"a": 1}\n\xff',
        'hex         00000000  ff 00 7b 22 61 22 3a 20 31 7d 0a ff 00 7b 22 61  ..{"a": 1}...{"a',
        "… 588 bytes more; `show 1 --raw` writes them all",
    ):
        assert line in shown
    assert re.search(r"^first seen  \S+ \S+ UTC$", shown, re.MULTILINE)
    assert re.search(r"^last tried  \S+ \S+ UTC; tries: 1$", shown, re.MULTILINE)
    assert "closed" not in shown
    assert all(line.isprintable() for line in shown.splitlines())


def test_show_says_how_a_replay_stands_that_has_not_ended(run: Run, query: Query) -> None:
    bury(query, 7)
    assert "\nreplay " not in run("dead-letters", "show", "1").output
    query("UPDATE dead_letters SET replay_retries = 2, replay_trouble = 'disk full', last_at = now()")
    tried = r"^replay      tried again: 3 tries in vain, the last at \S+ \S+ UTC: disk full$"
    assert re.search(tried, run("dead-letters", "show", "1").output, re.MULTILINE)
    query("UPDATE dead_letters SET replay_begun_at = now() - interval '5 minutes'")
    assert re.search(
        r"^replay      undecided: begun at .* UTC after 2 tries, the last: disk full; it never said how .* again",
        run("dead-letters", "show", "1").output,
        re.MULTILINE,
    )


def test_show_gives_the_bytes_alone_for_a_pipe(run: Run, query: Query) -> None:
    bury(query, 7, value=b"\xff\x00not json")
    assert run("dead-letters", "show", "1", "--raw").stdout_bytes == b"\xff\x00not json"


@pytest.mark.parametrize(
    ("value", "unreadable", "said"), [(None, None, "null (a tombstone)"), (None, "lz4", "unreadable: lz4")]
)
def test_show_says_why_there_are_no_bytes(
    run: Run, query: Query, value: bytes | None, unreadable: str | None, said: str
) -> None:
    bury(query, 7, value=value)
    query("UPDATE dead_letters SET unreadable = %s, broker_time = -1", unreadable)
    shown = run("dead-letters", "show", "1").output
    assert f"value       {said}\n" in shown
    assert "written     at a time that Kafka wasn't told" in shown
    assert run("dead-letters", "show", "1", "--raw").stdout_bytes == b""


def test_show_takes_what_flower_shows(run: Run, query: Query) -> None:
    bury(query, 7)
    for name in ("updates-1-7", "replay-1-0123456789ab"):
        assert "letter      1, open" in run("dead-letters", "show", name).output


@pytest.mark.parametrize(
    ("sql", "shown"),
    [
        ("SELECT 1", "nothing: the shop sells no JANW7810; no count"),
        (
            "INSERT INTO stock_levels (product_code, inventory, source, \"offset\") VALUES ('JANW7810', 3, 'id-1', 9)",
            "nothing: the shop sells no JANW7810; count 3, .* UTC, by id-1, offset 9",
        ),
        ("INSERT INTO products (name, code, price) VALUES ('Mug', 'JANW7810', 1)", "'Stock not known yet'; no count"),
        (
            """
            INSERT INTO products (name, code, price) VALUES ('Mug', 'JANW7810', 1);
            INSERT INTO stock_levels (product_code, inventory) VALUES ('JANW7810', 3)
            """,
            "'Only 3 left!'; count 3, .* UTC, by no message",
        ),
        (
            "INSERT INTO products (name, code, price, active) VALUES ('Mug', 'JANW7810', 1, false)",
            "nothing: JANW7810 is inactive; no count",
        ),
        ("UPDATE dead_letters SET product_code = NULL", "unknown: the message's product code can't be read"),
    ],
)
def test_show_says_what_shoppers_see_now(run: Run, query: Query, sql: LiteralString, shown: str) -> None:
    bury(query, 7)
    query(sql)
    assert re.search(f"^shown now   {shown}$", run("dead-letters", "show", "1").output, re.MULTILINE)


def test_show_says_as_the_page_does_that_the_feed_stands_still(run: Run, query: Query) -> None:
    bury(query, 7)
    query("INSERT INTO products (name, code, price) VALUES ('Mug', 'JANW7810', 1)")
    query("INSERT INTO stock_levels (product_code, inventory) VALUES ('JANW7810', 3)")
    lose_the_feed(query)
    shown = "shown now   'In stock when last counted, 2025-11-27 12:00 UTC'; count 3, "
    assert shown in run("dead-letters", "show", "1").output
