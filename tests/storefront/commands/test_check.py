"""`flask --app wsgi check` on a real database, as it should be and otherwise."""

import pytest
from click.testing import Result

from devservices.processes import free_port
from storefront.database import ENGINE_OPTIONS
from tests.storefront.commands.conftest import Query, Run

NO_SUCH_DATABASE = "postgresql://shop:top-secret@127.0.0.1:1/shop"


def lines(done: Result, level: str) -> list[str]:
    """The sentences of that level."""
    return [line[9:] for line in done.output.splitlines() if line.startswith(f"{level:<9}")]


def test_a_shop_that_has_all_it_needs_is_all_right(run: Run) -> None:
    done = run("check")
    assert done.exit_code == 0
    assert not lines(done, "wrong")
    said = lines(done, "ok")
    assert any(line.startswith("PostgreSQL 18") for line in said)
    assert any("has the tables of this version" in line for line in said)
    assert "0 tasks wait in the queue inventory" in said


def test_a_page_for_developers_that_is_half_open_is_warned_of(run_in: Run) -> None:
    user = {"OPS_USER": "dev", "OPS_PASSWORD_HASH": "scrypt:32768:8:1$salt$0123456789abcdef"}
    closed = "/ops is closed to everybody until "
    assert any(line.startswith(closed) for line in lines(run_in({}, "check"), "note"))
    assert f"{closed}OPS_PASSWORD_HASH and SECRET_KEY are set" in lines(run_in({"OPS_USER": "dev"}, "check"), "warning")
    assert f"{closed}SECRET_KEY is set" in lines(run_in(user, "check"), "warning")
    done = run_in({**user, "SECRET_KEY": "0123456789abcdef"}, "check")
    assert "one user may sign in at /ops" in lines(done, "ok")
    assert closed not in done.output


def test_a_database_that_loses_what_it_confirmed_is_wrong_in_production_alone(run: Run, run_in: Run) -> None:
    sentence = "the database loses what it confirmed when its machine crashes; set fsync=on"  # so are those of tests
    assert sentence in lines(run("check"), "warning")
    done = run_in({"APP_ENV": "production"}, "check")
    assert done.exit_code == 1
    assert lines(done, "wrong") == [sentence]


def test_a_database_and_a_redis_that_are_away_are_a_sentence_each(run_in: Run) -> None:
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    done = run_in({"DATABASE_URL": NO_SUCH_DATABASE, "REDIS_URL": nowhere}, "check")
    assert done.exit_code == 1
    database, redis = lines(done, "wrong")
    assert "Connection refused; check that PostgreSQL runs and that DATABASE_URL names it" in database
    assert "correct REDIS_URL" in redis
    assert "top-secret" not in done.output
    assert done.output.splitlines()[-1] == "2 things are wrong"


def test_a_database_without_tables_is_told_with_the_way_out(run_in: Run, query: Query, database_url: str) -> None:
    query("DROP DATABASE IF EXISTS without_tables")
    query("CREATE DATABASE without_tables")
    done = run_in({"DATABASE_URL": database_url.rpartition("/")[0] + "/without_tables"}, "check")
    assert done.exit_code == 1
    assert lines(done, "wrong") == ["the database has no tables yet; run `flask --app wsgi db upgrade`"]


def test_tables_of_another_version_are_told(run: Run, query: Query) -> None:
    [(here,)] = query("SELECT version_num FROM alembic_version")
    query("UPDATE alembic_version SET version_num = 'from-tomorrow'")
    try:
        done = run("check")
    finally:
        query("UPDATE alembic_version SET version_num = %s", here)
    assert done.exit_code == 1
    assert lines(done, "wrong") == [
        "the database is at revision from-tomorrow, of a newer version than this; start that one"
    ]


def test_a_database_that_takes_no_changes_is_wrong(run: Run, query: Query) -> None:
    query("ALTER DATABASE shop SET default_transaction_read_only = on")
    try:
        done = run("check")
    finally:
        query("ALTER DATABASE shop RESET default_transaction_read_only")
    assert done.exit_code == 1
    assert lines(done, "wrong") == [
        "the database takes no changes: a standby, or read-only; DATABASE_URL must name its primary"
    ]


def test_a_pooler_that_drops_what_the_shop_asks_for_is_told(
    run_in: Run, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ENGINE_OPTIONS["connect_args"], "options", "")
    query("ALTER DATABASE shop SET synchronous_commit = off")
    try:
        done = run_in({}, "check")
    finally:
        query("ALTER DATABASE shop RESET synchronous_commit")
    assert done.exit_code == 1
    assert "a pooler between here and the database must pass startup options on" in lines(done, "wrong")[0]


def test_a_bridge_that_stopped_reading_is_told(run: Run, query: Query) -> None:
    query(
        "INSERT INTO feed_positions (source, topic, partition, next_offset, end_offset, reported_at, stopped_at)"
        " VALUES ('t-0', 'stock', 0, 10, 700, now(), 0.2), ('t-1', 'stock', 1, 10, 10, now(), 0.2)"
    )
    done = run("check")
    assert done.exit_code == 1
    [sentence] = lines(done, "wrong")
    assert sentence.startswith("the bridge stopped reading partitions 0, 1 of stock: too many bad messages")
    assert "the shop is 690 messages behind" in lines(done, "note")


def test_how_far_it_is_behind_is_not_known_where_nobody_reports(run: Run, query: Query) -> None:
    query(
        "INSERT INTO feed_positions (source, topic, partition, next_offset, end_offset, reported_at)"
        " VALUES ('t-0', 'stock', 0, 10, 10, '2025-11-27T22:41:00Z')"
    )
    unknown = "how far the shop is behind in partition 0 is not known since 2025-11-27 22:41:00 UTC"
    done = run("check")
    assert unknown in lines(done, "note")
    assert "messages behind" not in done.output
    query(
        "INSERT INTO feed_positions (source, topic, partition, next_offset, end_offset, reported_at)"
        " VALUES ('t-1', 'stock', 1, 10, 10, now())"
    )
    done = run("check")
    assert unknown in lines(done, "note")
    assert "the shop is 0 messages behind in the other partitions" in lines(done, "ok")
