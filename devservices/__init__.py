"""PostgreSQL, Valkey and Kafka as plain processes on 127.0.0.1, for demo, tests and benchmarks: no Docker.

    with Postgres(directory) as server:
        connect(server.url)

`python -m devservices postgres --data-dir DIR --port 5432` is the same server in the foreground.
"""

from devservices.apache_kafka import ApacheKafka, SecuredApacheKafka
from devservices.noida import Noida
from devservices.postgres import Postgres
from devservices.service import Service, ServiceError
from devservices.valkey import Valkey

__all__ = ["ApacheKafka", "Noida", "Postgres", "SecuredApacheKafka", "Service", "ServiceError", "Valkey"]
