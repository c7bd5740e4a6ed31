"""Dead letters to try commands on."""

from tests.storefront.commands.conftest import Query


def bury(query: Query, offset: int, value: bytes | None = b"not json", reason: str = "not JSON") -> None:
    query(
        "INSERT INTO dead_letters"
        ' (topic, partition, source, leader_epoch, "offset", broker_time, task_id, value, product_code, reason)'
        " VALUES ('updates', 1, 'id-1', 0, %s, 1, %s, %s, 'JANW7810', %s)",
        offset,
        f"updates-1-{offset}",
        value,
        reason,
    )
