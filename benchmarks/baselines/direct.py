"""`python -m benchmarks.baselines.direct`: no Celery: a statement and a commit for each message."""

import json

import psycopg
from kafka import KafkaConsumer

from benchmarks.baselines.settings import BOOTSTRAP_SERVERS, DATABASE, GROUP, TOPIC

UPDATE = "UPDATE stock_levels SET inventory = %s WHERE product_code = %s"

consumer = KafkaConsumer(
    TOPIC,
    bootstrap_servers=BOOTSTRAP_SERVERS,
    group_id=GROUP,
    auto_offset_reset="earliest",
    value_deserializer=json.loads,
)
with psycopg.connect(DATABASE, autocommit=True) as connection:
    for message in consumer:
        connection.execute(UPDATE, (message.value["inventory_count"], message.value["product_code"]))
