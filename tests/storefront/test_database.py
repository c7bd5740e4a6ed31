from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from storefront.database import db, reading

END_OTHERS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.mark.parametrize("address", ["/", "/products/TEAS0001"])
def test_a_server_that_ended_its_sessions_costs_no_shopper_an_error(
    app: Flask, client: FlaskClient, database_url: str, address: str
) -> None:
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("INSERT INTO products (code, name, price) VALUES ('TEAS0001', 'Tea', 5)"))
    with app.app_context(), db.engine.connect() as one, db.engine.connect() as another:  # the pool has two from now on
        one.execute(text("SELECT 1"))
        another.execute(text("SELECT 1"))
    with psycopg.connect(database_url, autocommit=True) as operator:
        assert len(operator.execute(END_OTHERS).fetchall()) == 2

    assert [client.get(address).status_code for _ in range(3)] == [200, 200, 200]


def test_a_question_for_a_page_opens_no_transaction(app: Flask) -> None:
    with app.app_context(), reading() as session:
        session.execute(text("SELECT 1"))
        connection: Any = session.connection().connection.dbapi_connection
        assert connection.info.transaction_status.name == "IDLE"
