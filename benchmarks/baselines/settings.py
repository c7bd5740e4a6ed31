"""Where the servers are; the same variables as the shop's, read the plain way."""

import os

BOOTSTRAP_SERVERS = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
TOPIC = os.environ["KAFKA_TOPIC"]
GROUP = os.environ["KAFKA_GROUP_ID"]
REDIS_URL = os.environ["REDIS_URL"]
DATABASE = os.environ["DATABASE_URL"]
SQLALCHEMY_URL = DATABASE.replace("postgresql://", "postgresql+psycopg://")
