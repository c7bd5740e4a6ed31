import re
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from faker import Faker
from flask import Flask

from storefront.commands.product_names import ProductProvider
from storefront.commands.seed import kinds
from tests.storefront.commands.conftest import Query, Run


def counts(query: Query) -> list[int]:
    return [count for (count,) in query("SELECT inventory FROM products JOIN stock_levels ON product_code = code")]


def test_twenty_products_are_made_up(run: Run, query: Query) -> None:
    done = run("seed")
    assert done.exit_code == 0
    assert "0 products were there, 20 added." in done.output
    rows = query("SELECT code, name, price, active FROM products")
    assert len(rows) == 20
    for code, name, price, active in rows:
        assert re.fullmatch("[A-Z]{4}[0-9]{4}", code)
        assert len(name.split()) >= 3
        assert Decimal(5) < price < Decimal(250)
        assert active


def test_counts_are_from_0_to_50_and_of_no_message(run: Run, query: Query) -> None:
    run("seed")
    assert len(counts(query)) == 20
    assert all(0 <= count <= 50 for count in counts(query))
    assert query("SELECT count(*) FROM stock_levels WHERE source IS NOT NULL") == [(0,)]


@pytest.mark.parametrize("steps", [("3",), ("1", "2", "3"), ("2", "4")])
def test_of_three_products_one_is_sold_out_one_low_one_plentiful(
    run: Run, query: Query, steps: tuple[str, ...]
) -> None:
    for step in steps:
        run("seed", "--count", step)
    assert 0 in counts(query)
    assert any(1 <= count <= 10 for count in counts(query))
    assert any(count > 10 for count in counts(query))


def test_what_is_low_depends_on_the_setting(run_in: Run, query: Query) -> None:
    run_in({"LOW_STOCK_THRESHOLD": "2"}, "seed", "--count", "3")
    out, low, plenty = sorted(counts(query))
    assert out == 0
    assert 1 <= low <= 2 < plenty


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [
        (0, {"plentiful", "sold_out"}),
        (10, {"plentiful", "low", "sold_out"}),
        (50, {"low", "sold_out"}),
        (99, {"low", "sold_out"}),
    ],
)
def test_a_kind_that_no_count_up_to_50_has_is_left_out(threshold: int, expected: set[str]) -> None:
    made = kinds(threshold)
    assert set(made) == expected
    assert all(0 <= make() <= 50 for make in made.values())


def test_where_twenty_exist_none_is_added(run: Run, query: Query) -> None:
    run("seed")
    before = query("SELECT * FROM products ORDER BY id")
    done = run("seed")
    assert done.output == "20 products were there, none added.\n"
    assert query("SELECT * FROM products ORDER BY id") == before


def test_only_what_is_missing_is_added(run: Run, query: Query) -> None:
    query("INSERT INTO products (name, code, price) VALUES ('Mug', 'M1', 3)")
    assert "1 products were there, 4 added." in run("seed", "--count", "5").output
    assert query("SELECT count(*) FROM products") == [(5,)]


def test_a_count_that_a_message_wrote_stays(run: Run, query: Query, monkeypatch: pytest.MonkeyPatch) -> None:
    query(
        'INSERT INTO stock_levels (product_code, inventory, source, leader_epoch, "offset", broker_time)'
        " VALUES ('JANW7810', 777, 'topic-0', 0, 5, 1)"
    )
    before = query("SELECT * FROM stock_levels")
    monkeypatch.setattr(ProductProvider, "product_code", lambda _self: "JANW7810")
    run("seed", "--count", "1")
    assert query("SELECT code FROM products") == [("JANW7810",)]
    assert query("SELECT * FROM stock_levels") == before


def test_a_code_that_comes_twice_is_made_up_anew(run: Run, query: Query, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = iter(["AAAA0001", "AAAA0001", "AAAA0002", "AAAA0001", "AAAA0003"])
    monkeypatch.setattr(ProductProvider, "product_code", lambda _self: next(codes))
    run("seed", "--count", "3")
    assert query("SELECT code FROM products ORDER BY 1") == [("AAAA0001",), ("AAAA0002",), ("AAAA0003",)]


def test_no_two_have_the_same_name(run: Run, query: Query) -> None:
    for count in ("1000", "3000"):  # more than there are names
        run("seed", "--count", count)
    assert query("SELECT count(DISTINCT name) FROM products") == [(3000,)]


def test_two_seeds_at_once_add_no_product_too_many(app: Flask, query: Query) -> None:
    def run_seed(_number: int) -> int:
        return app.test_cli_runner().invoke(args=["seed", "--count", "2000"]).exit_code

    with ThreadPoolExecutor(3) as pool:
        # The command runner swaps standard output, which threads share: only exit codes are asked for.
        assert list(pool.map(run_seed, range(3))) == [0, 0, 0]
    assert query("SELECT count(*) FROM products") == [(2000,)]


def test_nothing_is_written_in_production(run_in: Run, query: Query) -> None:
    done = run_in({"APP_ENV": "production"}, "seed")
    assert done.exit_code == 1
    assert done.output == (
        "Error: seed makes up products, so it needs APP_ENV=development; here APP_ENV is production, "
        "and nothing was written\n"
    )
    assert query("SELECT count(*) FROM products") == [(0,)]


@pytest.mark.parametrize("count", ["x", "-1", "0", "3.0", "", "1000001", "9" * 5000, "\x00"])
def test_a_bad_number_gets_one_sentence(run: Run, query: Query, count: str) -> None:
    done = run("seed", "--count", count)
    assert done.exit_code == 1
    assert re.fullmatch(
        r"Error: --count is '[^\n\x00]{0,20}'; expected a whole number from 1 to 1000000\n", done.output
    )
    assert query("SELECT count(*) FROM products") == [(0,)]


def test_faker_gives_the_same_products_for_the_same_seed() -> None:
    first, second = Faker(), Faker()
    for faker in (first, second):
        faker.add_provider(ProductProvider)
        faker.seed_instance(7)
    assert [first.product() for _ in range(5)] == [second.product() for _ in range(5)]
