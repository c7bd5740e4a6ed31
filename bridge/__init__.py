"""The bridge: reads Kafka, enqueues one Celery task a message, commits what the shop has dealt with."""
