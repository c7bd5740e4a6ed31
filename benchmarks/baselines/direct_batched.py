"""`python -m benchmarks.baselines.direct_batched`: no Celery: 500 messages a statement, of each product the newest."""

import json

import psycopg
from kafka import KafkaConsumer

from benchmarks.baselines.settings import BOOTSTRAP_SERVERS, DATABASE, GROUP, TOPIC

UPDATE = """
UPDATE stock_levels SET inventory = newer.inventory
FROM unnest(%s::text[], %s::integer[]) AS newer (product_code, inventory)
WHERE stock_levels.product_code = newer.product_code
"""

consumer = KafkaConsumer(
    TOPIC,
    bootstrap_servers=BOOTSTRAP_SERVERS,
    group_id=GROUP,
    auto_offset_reset="earliest",
    enable_auto_commit=False,
    max_poll_records=500,
)
with psycopg.connect(DATABASE, autocommit=True) as connection:
    while True:
        newest: dict[str, int] = {}
        for messages in consumer.poll(timeout_ms=1_000).values():
            for message in messages:
                said = json.loads(message.value)
                newest[said["product_code"]] = said["inventory_count"]
        if newest:
            codes = sorted(newest)  # so that two processes never wait for each other in a circle
            connection.execute(UPDATE, (codes, [newest[code] for code in codes]))
            consumer.commit()
