"""The topic, as the inventory team's Kafka has it."""

import time
from contextlib import closing

from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from devservices.processes import listens

PARTITIONS = 3

# The broker's clock, not each writer's own: across re-created topics the time decides which count is the newer.
CONFIGURATION = {"message.timestamp.type": "LogAppendTime"}


def create_topic(bootstrap_servers: str, name: str, partitions: int = PARTITIONS) -> bool:
    """Create the topic and wait until it takes messages; return False where it exists already.

    Raises KafkaError when the broker is away or refuses.
    """
    with closing(_admin(bootstrap_servers)) as admin:
        try:
            admin.create_topics([NewTopic(name, partitions, 1, topic_configs=CONFIGURATION)])
        except TopicAlreadyExistsError:
            return False
        _wait_for_leaders(admin, name)
        return True


def broker_answers(bootstrap_servers: str) -> bool:
    """Whether a broker answers a request for its topics."""
    port = int(bootstrap_servers.rpartition(":")[2])
    if not listens(port):  # the client would wait for a broker that isn't there, and leak a thread
        return False
    try:
        with closing(_admin(bootstrap_servers)) as admin:
            admin.list_topics()
    except KafkaError:
        return False
    return True


def _admin(bootstrap_servers: str) -> KafkaAdminClient:
    return KafkaAdminClient(bootstrap_servers=bootstrap_servers, bootstrap_timeout_ms=5_000, request_timeout_ms=10_000)


def _wait_for_leaders(admin: KafkaAdminClient, name: str) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        topic = admin.describe_topics([name])[0]
        if topic["error_code"] == 0 and all(part["leader_id"] >= 0 for part in topic["partitions"]):
            return
        time.sleep(0.05)
    raise KafkaError(f"topic {name} has no leader after 10 s")
