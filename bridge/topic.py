"""The topic: whether it is there, and its creation as the contract has it."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from kafka import KafkaAdminClient
from kafka.errors import NoError, TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from bridge.config import Settings
from bridge.connection import away, connect

PARTITIONS = 3
BROKERS_CHOICE = -1

# The broker's clock, not each writer's own: across re-created topics the time decides which count is the newer.
CONFIGURATION = {"message.timestamp.type": "LogAppendTime"}


NO_TOPIC = "there is no topic {}; `python -m bridge --create-topic` creates it"


@dataclass(frozen=True, slots=True)
class Topic:
    """What the brokers say of a topic; `id` is None where they give none, `leaderless` has no broker to ask."""

    id: str | None
    partitions: Sequence[int]
    leaderless: Sequence[int]


def find_topic(admin: KafkaAdminClient, settings: Settings) -> Topic | None:
    """Return the topic of the settings as it is now, None where there is none. Raises KafkaAway."""
    with away(settings):
        [described] = admin.describe_topics([settings.kafka_topic])
        error = for_code(described.get("error_code") or 0)
        if error is UnknownTopicOrPartitionError:
            return None
        if error is not NoError:
            raise error
    topic_id = str(described.get("topic_id"))
    leaders = {part["partition_index"]: part["leader_id"] for part in described["partitions"]}
    return Topic(
        id=topic_id if topic_id.strip("0-") not in {"", "None", "A" * 22 + "=="} else None,
        partitions=sorted(leaders),
        leaderless=sorted(number for number, leader in leaders.items() if leader < 0),
    )


def create_topic(settings: Settings, partitions: int = PARTITIONS, replication_factor: int = BROKERS_CHOICE) -> bool:
    """Create the topic of the settings and wait until it takes messages; return False where it exists already.

    Raises KafkaAway, also where the brokers refuse.
    """
    wanted = {"num_partitions": partitions, "replication_factor": replication_factor, "configs": CONFIGURATION}
    with closing(connect(KafkaAdminClient, settings, request_timeout_ms=10_000)) as admin, away(settings):
        if find_topic(admin, settings):  # who may only read an existing topic isn't allowed to ask for a new one
            return False
        [answer] = admin.create_topics({settings.kafka_topic: wanted}, raise_errors=False)["topics"]
        error = for_code(answer["error_code"])
        if error is TopicAlreadyExistsError:
            return False
        if error is not NoError:
            raise error(answer.get("error_message"))
        admin.wait_for_topics([settings.kafka_topic])
    return True
