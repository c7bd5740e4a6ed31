"""The models and the migrations say the same, there is one head, and the way back works."""

from collections.abc import Iterator

import flask_migrate
import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from psycopg import sql
from sqlalchemy import text

from devservices import Postgres
from storefront import create_app
from storefront.database import db

DATABASE = "migrations"


@pytest.fixture
def empty_shop(postgres: Postgres, shop_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The shop on a database of its own, without tables."""
    assert shop_environment
    name = sql.Identifier(DATABASE)
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
    monkeypatch.setenv("DATABASE_URL", postgres.database_url(DATABASE))
    app = create_app()
    with app.app_context():
        yield
        db.engine.dispose()


def tables() -> set[str]:
    return set(db.inspect(db.engine).get_table_names()) - {"alembic_version"}


def test_there_is_one_head(app: Flask) -> None:
    assert len(ScriptDirectory(f"{app.root_path}/migrations").get_heads()) == 1


@pytest.mark.usefixtures("empty_shop")
def test_models_and_migrations_agree() -> None:
    flask_migrate.upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True, "target_metadata": db.metadata}
        )
        assert compare_metadata(context, db.metadata) == []


@pytest.mark.usefixtures("empty_shop")
def test_the_checks_of_the_models_are_in_the_database() -> None:
    flask_migrate.upgrade()
    inspector = db.inspect(db.engine)
    for table in db.metadata.sorted_tables:
        in_models = {
            str(constraint.name) for constraint in table.constraints if isinstance(constraint, db.CheckConstraint)
        }
        assert {check["name"] for check in inspector.get_check_constraints(table.name)} == in_models


@pytest.mark.usefixtures("empty_shop")
def test_the_way_back_and_forth_again_works() -> None:
    flask_migrate.upgrade()
    every_table = tables()
    assert every_table == set(db.metadata.tables)
    flask_migrate.downgrade(revision="base")
    assert tables() == set()
    flask_migrate.upgrade()
    assert tables() == every_table


@pytest.mark.usefixtures("empty_shop")
def test_letters_that_have_no_bytes_keep_why() -> None:
    flask_migrate.upgrade(revision="0003")
    with db.engine.begin() as connection:
        connection.execute(
            text("""
            INSERT INTO dead_letters (topic, partition, source, leader_epoch, "offset", broker_time, task_id, reason)
            VALUES ('t', 0, 't', 0, 1, 1, 't-0-1', 'the message can''t be read from Kafka: lz4 is not installed'),
                   ('t', 0, 't', 0, 2, 1, 't-0-2', 'the message is null')
            """)
        )
    flask_migrate.upgrade()
    with db.engine.connect() as connection:
        kept = connection.execute(text("SELECT unreadable FROM dead_letters ORDER BY id"))
        assert list(kept.scalars()) == ["lz4 is not installed", None]


@pytest.mark.usefixtures("empty_shop")
def test_since_when_a_code_has_a_count_is_not_made_up_for_those_that_had_one() -> None:
    flask_migrate.upgrade(revision="0007")
    count = text("""
        INSERT INTO stock_levels (product_code, inventory) SELECT 'A' || i, 3 FROM generate_series(1, :last) i
        ON CONFLICT (product_code) DO UPDATE SET inventory = 4
    """)
    with db.engine.begin() as connection:
        connection.execute(count, {"last": 1})
    flask_migrate.upgrade()
    with db.engine.begin() as connection:
        connection.execute(count, {"last": 2})
        known = connection.execute(text("SELECT first_at = now() FROM stock_levels ORDER BY product_code"))
        assert list(known.scalars()) == [None, True]


@pytest.mark.usefixtures("empty_shop")
def test_workers_that_count_settles_run_on_the_tables_of_those_that_leave_receipts() -> None:
    flask_migrate.upgrade()
    count = text("""
        INSERT INTO feed_positions AS f (source, topic, partition, settles) VALUES ('t-0', 't', 0, 1)
        ON CONFLICT (source) DO UPDATE SET settles = f.settles + 1 RETURNING settles
    """)
    with db.engine.begin() as connection:
        assert [connection.execute(count).scalar_one() for _ in range(2)] == [1, 2]
