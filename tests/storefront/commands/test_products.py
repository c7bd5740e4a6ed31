import json

import pytest

from tests.storefront.commands.conftest import Query, Run, lose_the_feed


def test_an_empty_shop_says_how_to_fill_it(run: Run) -> None:
    assert run("products", "list").output == "No products yet; `products add` adds one, `seed` makes some up.\n"
    assert json.loads(run("products", "list", "--json").output) == []


def test_an_added_product_is_in_the_list(run: Run) -> None:
    added = run("products", "add", "JANW7810", "Oak Stool", "47.53")
    assert (added.exit_code, added.output) == (0, "Added JANW7810, Oak Stool, 47.53.\n")
    lines = run("products", "list").output.splitlines()
    assert lines[0].split() == ["CODE", "PRICE", "COUNT", "NAME"]
    assert lines[1].split() == ["JANW7810", "47.53", "unknown", "Oak", "Stool"]
    assert lines[2] == "1 product"


def test_the_list_for_scripts_has_exact_prices_and_counts(run: Run, query: Query) -> None:
    run("products", "add", "B", "Bowl", "5")
    run("products", "add", "A", "Mug", "0.10")
    query("INSERT INTO stock_levels (product_code, inventory) VALUES ('A', 3)")
    assert json.loads(run("products", "list", "--json").output) == [
        {"code": "A", "name": "Mug", "price": "0.10", "active": True, "inventory": 3},
        {"code": "B", "name": "Bowl", "price": "5.00", "active": True, "inventory": None},
    ]


def test_show_says_what_shoppers_read(run: Run, query: Query) -> None:
    run("products", "add", "A", "Mug", "3")
    assert "shoppers  read 'Stock not known yet'\n" in run("products", "show", "A").output
    query("INSERT INTO stock_levels (product_code, inventory) VALUES ('A', 3)")
    shown = run("products", "show", "A").output
    assert "count     3\n" in shown
    assert "shoppers  read 'Only 3 left!'\n" in shown
    assert "by no message" in shown


def test_show_says_as_the_page_does_that_the_feed_stands_still(run: Run, query: Query) -> None:
    run("products", "add", "A", "Mug", "3")
    query("INSERT INTO stock_levels (product_code, inventory) VALUES ('A', 3)")
    lose_the_feed(query)
    shown = run("products", "show", "A").output
    assert "shoppers  read 'In stock when last counted, 2025-11-27 12:00 UTC'\n" in shown


def test_show_says_which_message_counted(run: Run, query: Query) -> None:
    run("products", "add", "A", "Mug", "3")
    query(
        'INSERT INTO stock_levels (product_code, inventory, source, leader_epoch, "offset", broker_time)'
        " VALUES ('A', 3, 'topic-0', 0, 4711, 1)"
    )
    assert "by topic-0, offset 4711" in run("products", "show", "A").output


def test_a_product_is_deactivated_and_activated(run: Run, query: Query) -> None:
    run("products", "add", "A", "Mug", "3")
    assert run("products", "deactivate", "A").output == "A is inactive.\n"
    assert run("products", "deactivate", "A").output == "A is inactive already.\n"
    assert query("SELECT active FROM products") == [(False,)]
    assert "(inactive)" in run("products", "list").output
    assert "it is inactive" in run("products", "show", "A").output
    assert run("products", "activate", "A").output == "A is active.\n"
    assert query("SELECT active, updated_at > created_at FROM products") == [(True, True)]


@pytest.mark.parametrize("command", ["show", "activate", "deactivate"])
@pytest.mark.parametrize("code", ["NOPE", "'; --", "A" * 70, "A\udcff", "A\x00", ""])
def test_an_unknown_code_gets_one_sentence(run: Run, command: str, code: str) -> None:
    done = run("products", command, code)
    assert done.exit_code == 1
    assert done.output.startswith("Error: no product has code '")
    assert done.output.count("\n") == 1


def test_the_sentence_about_an_unknown_code_tells_of_its_count(run: Run, query: Query) -> None:
    query("INSERT INTO stock_levels (product_code, inventory) VALUES ('NEW', 3)")
    assert run("products", "show", "NEW").output == "Error: no product has code 'NEW'; its count 3 is kept\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("A", "Bowl", "5"), "a product with code 'A' is there already"),
        (("B", "Bowl", "-1"), "price is -1; expected 0 to 99999999.99, at most two decimals"),
        (("B", "Bowl", "abc"), "price is abc; expected"),
        (("B", "Bowl", "nan"), "price is nan; expected"),
        (("B", "Bowl", "5.555"), "price is 5.555; expected"),
        (("B", "Bowl", "99999999.995"), "price is 99999999.995; expected"),
        (("B", "Bowl", "1e9999999"), "price is 1e9999999; expected"),
        (("B", " \t", "5"), r"name is ' \t'; expected 1 to 200 characters"),
        (("B", "x" * 201, "5"), "expected 1 to 200 characters"),
        (("", "Bowl", "5"), "code is ''; expected 1 to 64 characters"),
        (("B" * 65, "Bowl", "5"), "expected 1 to 64 characters"),
        (("B\udcff", "Bowl", "5"), r"code is 'B\udcff'; expected"),
        (("B\x00", "Bowl", "5"), r"code is 'B\x00'; expected"),
    ],
)
def test_a_product_that_can_not_be_added_gets_one_sentence(
    run: Run, query: Query, arguments: tuple[str, ...], sentence: str
) -> None:
    run("products", "add", "A", "Mug", "3")
    done = run("products", "add", *arguments)
    assert done.exit_code == 1
    assert done.output.startswith("Error: ")
    assert sentence in done.output
    assert done.output.count("\n") == 1
    assert query("SELECT code FROM products") == [("A",)]


def test_control_characters_from_the_database_do_not_reach_the_terminal(run: Run, query: Query) -> None:
    query("INSERT INTO products (code, name, price) VALUES ('A', E'Mug\\x1b[2J\\nB', 3)")
    assert r"Mug\x1b[2J\nB" in run("products", "list").output
    assert r"Mug\x1b[2J\nB" in run("products", "show", "A").output
