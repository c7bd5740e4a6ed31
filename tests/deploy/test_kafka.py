"""The compose file's Kafka: what its image makes of the environment, on a real Apache Kafka."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from devservices import ApacheKafka
from devservices.apache_kafka import JARS
from devservices.processes import HOST, free_port
from tests.deploy import compose
from tests.deploy.processes import Processes
from tests.end_to_end.conftest import eventually

# Java and Maven are needed: `make test-kafka` runs it.
pytestmark = [pytest.mark.kafka, pytest.mark.slow]

# The program in Kafka's own jar by which the image apache/kafka turns KAFKA_… variables into properties.
IMAGE_SETUP = ["java", "-cp", f"{JARS}/*", "kafka.docker.KafkaDockerWrapper", "setup"]
KAFKA = compose.services(compose.SECRETS)["kafka"]
FOR_THE_JVM = "KAFKA_HEAP_OPTS"
FROM_PROPERTIES = "STATIC_BROKER_CONFIG"


class Broker:
    """What the compose file's environment made; `ports` by the port that the file names."""

    def __init__(self, folder: Path) -> None:
        self.ports = {port: free_port() for port in ("19092", "9092", "9093")}
        self.environment = {name: self._moved(value, folder) for name, value in KAFKA.environment.items()}

    def _moved(self, value: str, folder: Path) -> str:
        for there, here in {**self.ports, "//kafka:": f"//{HOST}:", "/var/lib/kafka": str(folder)}.items():
            value = value.replace(there, str(here))
        return value

    def address(self, port: str) -> str:
        return f"{HOST}:{self.ports[port]}"


@pytest.fixture(scope="module")
def broker(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    if pytestconfig.getoption("--kafka") != "apache":
        pytest.skip("needs Java and Maven; `make test-kafka` runs this one")
    tmp_path = tmp_path_factory.mktemp("kafka_of_compose")
    made = Broker(tmp_path)
    folders = {name: tmp_path / name for name in ("default", "mounted", "final")}
    for folder in folders.values():
        folder.mkdir()
    (folders["default"] / "server.properties").touch()
    options = [word for name, folder in folders.items() for word in (f"--{name}-configs-dir", str(folder))]
    environment = {"PATH": os.environ["PATH"], **made.environment}
    done = subprocess.run([*IMAGE_SETUP, *options], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    heap = made.environment[FOR_THE_JVM].split()
    properties = str(folders["final"] / "server.properties")
    processes = Processes(tmp_path)
    processes.start("kafka", ["java", *heap, "-cp", f"{JARS}/*", "kafka.Kafka", properties], {})
    eventually(ApacheKafka(tmp_path, made.ports["9092"]).answers, 60)
    yield made
    processes.close()


def test_the_image_takes_each_setting_of_the_compose_file(broker: Broker) -> None:
    whole = ConfigResource(ConfigResourceType.BROKER, "1", None)
    with closing(KafkaAdminClient(bootstrap_servers=broker.address("9092"))) as admin:
        described = admin.describe_configs([whole], config_filter="all")["broker"]["1"]
        assert admin.describe_cluster()["cluster_id"] == broker.environment["CLUSTER_ID"]
    in_force = {name: entry["value"] for name, entry in described.items() if entry["config_source"] == FROM_PROPERTIES}
    wanted = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value
        for name, value in broker.environment.items()
        if name not in {"CLUSTER_ID", FOR_THE_JVM}
    }
    assert in_force == {**wanted, "broker.id": "1"}  # the old name of node.id


def test_who_asks_inside_is_sent_to_an_address_inside_and_who_asks_from_the_host_to_one_there(broker: Broker) -> None:
    for port, host in (("19092", HOST), ("9092", "localhost")):
        with closing(KafkaAdminClient(bootstrap_servers=broker.address(port))) as admin:
            [known] = admin.describe_cluster()["brokers"]
        assert (known["host"], known["port"]) == (host, broker.ports[port])
