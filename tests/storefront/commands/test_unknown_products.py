"""Counts of codes that the shop doesn't sell: listed, and forgotten when they are old."""

import json
import threading
import time

import psycopg
import pytest

from storefront.stock import unknown
from tests.storefront.commands.conftest import Query, Run
from tests.storefront.commands.letters import bury


@pytest.fixture
def some_counts(query: Query) -> None:
    """Two unknown codes, one of them old; a product that is sold and one that is inactive, both counted long ago."""
    query(
        "INSERT INTO products (name, code, price, active)"
        " VALUES ('A', 'SOLD0001', 1, true), ('B', 'HIDDEN01', 1, false)"
    )
    query("""
        INSERT INTO stock_levels (product_code, inventory, source, "offset", updated_at) VALUES
          ('SOLD0001', 1, NULL, NULL, now() - interval '90 days'),
          ('HIDDEN01', 2, NULL, NULL, now() - interval '90 days'),
          ('UNKNOWN1', 3, 'id-1', 7, now() - interval '40 days'),
          ('UNKNOWN2', 4, NULL, NULL, now() - interval '1 minute')
    """)
    query("UPDATE stock_levels SET first_at = '2025-11-24 18:00' WHERE product_code = 'UNKNOWN1'")
    query("UPDATE stock_levels SET first_at = NULL WHERE product_code = 'UNKNOWN2'")


def codes(query: Query) -> list[str]:
    return [code for (code,) in query("SELECT product_code FROM stock_levels ORDER BY 1")]


def test_every_code_may_have_its_product(run: Run, query: Query) -> None:
    assert run("products", "unknown").output == "Every code that has a count has a product.\n"
    assert json.loads(run("products", "unknown", "--json").output) == []
    assert run("products", "purge-unknown", "--older-than", "0").output == "Nothing to purge.\n"
    assert codes(query) == []


@pytest.mark.usefixtures("some_counts")
def test_unknown_codes_are_listed_with_their_counts_and_since_when(run: Run) -> None:
    header, newest, oldest, sum_of_it = run("products", "unknown").output.splitlines()
    assert header.split() == ["CODE", "COUNT", "SINCE", "(UTC)", "LAST", "COUNTED", "(UTC)", "BY"]
    assert newest.split()[:2] == ["UNKNOWN2", "4"]
    assert newest.endswith("  no message")
    assert newest.split()[2] == "not"  # it was there before this was kept
    assert oldest.split()[:3] == ["UNKNOWN1", "3", "2025-11-24"]
    assert oldest.endswith("  id-1, offset 7")
    assert sum_of_it == "2 codes have a count and no product."
    assert run("products", "unknown", "--limit", "1").output.splitlines()[-1] == (
        "2 codes have a count and no product; the 1 last counted are shown, --limit shows more."
    )


@pytest.mark.usefixtures("some_counts")
def test_scripts_get_unknown_codes_as_an_array(run: Run) -> None:
    newest, oldest = json.loads(run("products", "unknown", "--json").output)
    assert set(newest) == {"code", "inventory", "since", "counted_at", "source", "offset"}
    assert (newest["since"], oldest["since"]) == (None, "2025-11-24T18:00:00+00:00")
    assert (oldest["code"], oldest["inventory"], oldest["source"], oldest["offset"]) == ("UNKNOWN1", 3, "id-1", 7)


@pytest.mark.usefixtures("some_counts")
def test_a_purge_takes_old_counts_of_unknown_codes_alone(run: Run, query: Query) -> None:
    done = run("products", "purge-unknown", "--older-than", "30", "--yes")
    assert done.output == "1 purged; each count comes back only with its code's next message.\n"
    assert codes(query) == ["HIDDEN01", "SOLD0001", "UNKNOWN2"]
    assert run("products", "purge-unknown", "--older-than", "0", "--yes").output.startswith("1 purged; ")
    assert codes(query) == ["HIDDEN01", "SOLD0001"]


@pytest.mark.usefixtures("some_counts")
def test_a_purge_asks_first(run: Run, query: Query) -> None:
    done = run("products", "purge-unknown", "--older-than", "30")  # nobody there to answer
    assert done.exit_code == 1
    assert done.stdout.startswith("Forget 1 count? Each comes back only with its code's next message [y/N]:")
    assert len(codes(query)) == 4


@pytest.mark.usefixtures("some_counts")
@pytest.mark.parametrize(
    ("state", "kept"), [("open", True), ("trying", True), ("discarded", False), ("replayed", False)]
)
def test_a_code_that_an_open_letter_names_is_left_alone(run: Run, query: Query, state: str, *, kept: bool) -> None:
    bury(query, 1)
    query("UPDATE dead_letters SET product_code = 'UNKNOWN1', state = %s", state)
    done = run("products", "purge-unknown", "--older-than", "30", "--yes")
    assert ("Left alone, since open dead letters name them: 1.\n" in done.output) == kept
    assert ("UNKNOWN1" in codes(query)) == kept


def test_any_number_is_purged(run: Run, query: Query, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unknown, "BATCH", 10)
    query("INSERT INTO stock_levels (product_code, inventory) SELECT 'C' || n, n FROM generate_series(1, 25) n")
    assert run("products", "purge-unknown", "--older-than", "0", "--yes").output.startswith("25 purged; ")


@pytest.mark.usefixtures("some_counts")
def test_a_product_that_is_added_at_that_moment_keeps_its_count(run: Run, query: Query, database_url: str) -> None:
    purging = threading.Thread(target=run, args=("products", "purge-unknown", "--older-than", "30", "--yes"))
    with psycopg.connect(database_url) as somebody:
        somebody.execute("INSERT INTO products (name, code, price) VALUES ('Mug', 'UNKNOWN1', 1)")
        purging.start()
        while not query("SELECT * FROM pg_locks WHERE NOT granted"):
            assert purging.is_alive(), "it did not wait"
            time.sleep(0.01)
    purging.join()
    assert query("SELECT inventory FROM stock_levels WHERE product_code = 'UNKNOWN1'") == [(3,)]


@pytest.mark.usefixtures("some_counts")
def test_a_code_that_is_counted_at_that_moment_keeps_its_count(run: Run, query: Query, database_url: str) -> None:
    with psycopg.connect(database_url) as somebody:
        somebody.execute("UPDATE stock_levels SET inventory = 9, updated_at = now() WHERE product_code = 'UNKNOWN1'")
        done = run("products", "purge-unknown", "--older-than", "30", "--yes")
        assert done.output.startswith("0 purged; ")
    assert query("SELECT inventory FROM stock_levels WHERE product_code = 'UNKNOWN1'") == [(9,)]
