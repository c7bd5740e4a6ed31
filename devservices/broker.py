"""Whether a Kafka-speaking broker answers."""

from contextlib import closing

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from devservices.processes import listens


def broker_answers(bootstrap_servers: str) -> bool:
    """Whether a broker answers a request for its topics."""
    port = int(bootstrap_servers.rpartition(":")[2])
    if not listens(port):  # the client would wait for a broker that isn't there, and leak a thread
        return False
    try:
        with closing(KafkaAdminClient(bootstrap_servers=bootstrap_servers, bootstrap_timeout_ms=5_000)) as admin:
            admin.list_topics()
    except KafkaError:
        return False
    return True
