"""`python -m devservices SERVER --data-dir DIR --port N`: one server in the foreground; and the topic."""

from pathlib import Path

import click
from kafka.errors import KafkaError

from devservices import ApacheKafka, Noida, Postgres, Service, ServiceError, Valkey, create_topic

SERVERS: dict[str, type[Service]] = {
    "postgres": Postgres,
    "valkey": Valkey,
    "noida": Noida,
    "apache-kafka": ApacheKafka,
}


@click.group()
def main() -> None:
    """Servers from wheels on 127.0.0.1, for demo, tests and benchmarks."""


def _add(name: str, kind: type[Service]) -> None:
    @main.command(name, help=f"Run {kind.name} in the foreground.")
    @click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), required=True)
    @click.option("--port", type=click.IntRange(1, 65535), required=True)
    @click.option("--fast", is_flag=True, help="Don't care for the data when the machine crashes.")
    @click.option("--die-with-parent", is_flag=True, help="End when the process that started this one ends.")
    def run(data_dir: Path, port: int, fast: bool, die_with_parent: bool) -> None:
        try:
            kind(data_dir, port, durable=not fast).run(die_with_parent=die_with_parent)
        except ServiceError as error:
            raise click.ClickException(str(error)) from None


for _name, _kind in SERVERS.items():
    _add(_name, _kind)


@main.command()
@click.option("--bootstrap-servers", required=True, help="For example localhost:9092.")
@click.option("--topic", required=True)
@click.option("--partitions", type=click.IntRange(1), default=3, show_default=True)
def topic(bootstrap_servers: str, topic: str, partitions: int) -> None:
    """Create the topic unless it exists."""
    try:
        created = create_topic(bootstrap_servers, topic, partitions)
    except KafkaError as error:
        raise click.ClickException(f"The broker at {bootstrap_servers} doesn't do it: {error}") from None
    print(f"topic {topic} {'created' if created else 'exists'}")


if __name__ == "__main__":
    main(prog_name="python -m devservices")
