"""`python -m benchmarks.baselines.usual_bridge`: the usual way: `delay()` for each message, Kafka commits by itself."""

import json

from kafka import KafkaConsumer

from benchmarks.baselines.settings import BOOTSTRAP_SERVERS, GROUP, TOPIC
from benchmarks.baselines.usual_worker import update_inventory

consumer = KafkaConsumer(
    TOPIC,
    bootstrap_servers=BOOTSTRAP_SERVERS,
    group_id=GROUP,
    auto_offset_reset="earliest",
    value_deserializer=json.loads,
)

for message in consumer:
    update_inventory.delay(message.value["product_code"], message.value["inventory_count"])
