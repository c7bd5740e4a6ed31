"""The bridge's settings, read once from the environment."""

from typing import Annotated

from pydantic import AfterValidator, Field

from bridge.security import KafkaSecurity
from runtime.logs import LogFormat, LogLevel
from runtime.settings import MetricsSettings, OutputFile, RedisUrl


def _checked_topic(name: str) -> str:
    if name in {".", ".."}:
        raise ValueError("not a name that Kafka takes")
    return name


class Settings(KafkaSecurity, MetricsSettings):
    """What `python -m bridge` reads; how it shows Kafka who it is, and where its metrics are: see the bases."""

    kafka_bootstrap_servers: str = Field(
        "localhost:9092",
        pattern=r"^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$",
        description="host:port, several with commas between them",
        examples=["kafka-1:9092,kafka-2:9092"],
    )
    kafka_topic: Annotated[str, AfterValidator(_checked_topic)] = Field(
        "inventory_management_product_updates",
        pattern=r"^[A-Za-z0-9._-]{1,249}$",
        description="a Kafka topic's name: 249 letters, digits, '.', '_' and '-' at most, and neither '.' nor '..'",
        examples=["inventory_management_product_updates"],
    )
    kafka_group_id: str = Field(
        "inventory-bridge", min_length=1, description="a consumer group's name", examples=["inventory-bridge"]
    )
    redis_url: RedisUrl = Field(
        "redis://localhost:6379/0",
        description="the address of the workers' Redis or Valkey",
        examples=["redis://localhost:6379/0"],
        repr=False,
    )
    bridge_max_in_flight: int = Field(
        10_000,
        ge=1,
        description="a whole number from 1 on: messages that are enqueued and not answered for yet",
        examples=["10000"],
    )
    bridge_max_in_flight_bytes: int = Field(
        64_000_000,
        ge=1_000_000,
        description="a whole number of bytes from 1000000 on, for the same messages",
        examples=["64000000"],
    )
    bridge_chunk_messages: int = Field(
        500,
        ge=1,
        le=500,
        description="a whole number from 1 to 500: messages that one settle answers for",
        examples=["500"],
    )
    bridge_backlog_threshold: int = Field(
        0,
        ge=0,
        description="a whole number of messages: further behind, settles go alone; 0 for never",
        examples=["50000"],
    )
    bridge_bad_share_limit: float = Field(
        0.2,
        ge=0,
        le=1,
        description="a share from 0 to 1: with more bad messages in a minute, of 200 or more, the bridge stops reading",
        examples=["0.2"],
    )
    bridge_step_limit: float = Field(
        60,
        gt=0,
        le=86_400,
        description="a number of seconds above 0, 86400 at most: after a step that takes longer the bridge ends itself",
        examples=["60"],
    )
    pulse_file: OutputFile | None = Field(
        None,
        description="a file's path, in a directory that this process may write to",
        examples=["/tmp/bridge.pulse"],  # noqa: S108  (an example)
    )
    log_level: LogLevel = Field("INFO", description="DEBUG, INFO, WARNING or ERROR", examples=["INFO"])
    log_format: LogFormat = Field("text", description="text or json", examples=["json"])
