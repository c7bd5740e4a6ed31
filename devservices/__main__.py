"""`python -m devservices SERVER --data-dir DIR --port N`: one server in the foreground."""

from pathlib import Path

import click

from devservices import ApacheKafka, Noida, Postgres, Service, ServiceError, Valkey

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


if __name__ == "__main__":
    main(prog_name="python -m devservices")
