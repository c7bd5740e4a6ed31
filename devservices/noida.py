"""A small broker that speaks Kafka's protocol, from the wheel `noida-db`: for machines without Java.

It writes its log to disk every few seconds; killed hard, it forgets the last of them. It knows no topic ids.
"""

from importlib.resources import files

from devservices.broker import broker_answers
from devservices.processes import HOST
from devservices.service import Service


class Noida(Service):
    """A Kafka-speaking broker that starts in an instant and takes 40 MB."""

    name = "Kafka (noida)"

    @property
    def url(self) -> str:
        """Its address as a bootstrap server."""
        return f"{HOST}:{self.port}"

    def prepare(self) -> list[str]:
        """Return the command: the wheel's program, without its launcher in Python."""
        program = str(files("noida_db").joinpath("noida-db"))
        where = ["--data-dir", str(self.data_dir), "--host", HOST]
        return [program, "start", "--only", "kafka", "--kafka-port", str(self.port), *where]

    def answers(self) -> bool:
        """Whether it answers a request for its topics."""
        return broker_answers(self.url)
