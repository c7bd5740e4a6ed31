"""Three brokers in place of the one that the other faults share."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from chaos.servers import Servers
from devservices import ApacheKafka
from devservices.processes import HOST, free_port

REPLICATED = {
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
}


@contextmanager
def three_brokers(shared: Servers) -> Iterator[Servers]:
    """Start them, the first of them the controller, too; end them. Raises ServiceError."""
    controller = f"{HOST}:{free_port()}"
    folder = shared.kafka.data_dir.parent
    brokers = tuple(ApacheKafka(folder / f"broker-{node}") for node in (1, 2, 3))
    with ExitStack() as stack:
        for node, broker in enumerate(brokers, 1):
            broker.properties = _properties(node, broker.port, controller)
            stack.enter_context(broker)
        yield replace(shared, brokers=brokers)


def _properties(node: int, port: int, controller: str) -> Mapping[str, str]:
    listener = f"PLAINTEXT://{HOST}:{port}"
    controls = node == 1
    return {
        **REPLICATED,
        "node.id": str(node),
        "process.roles": "broker,controller" if controls else "broker",
        "controller.quorum.voters": f"1@{controller}",
        "listeners": f"{listener},CONTROLLER://{controller}" if controls else listener,
        "advertised.listeners": listener,
    }
