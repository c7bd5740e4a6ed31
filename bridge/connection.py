"""Clients of Kafka: what each is told, and a sentence where it can't connect."""

import logging
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient

from bridge import causes
from bridge.config import Settings
from bridge.mends import mend_transports

KNOCK_SECONDS = 2.0
BOOTSTRAP_SECONDS = 5.0
GIVE_UP_SECONDS = 8.0  # kafka-python waits without end for the answer to its first word of TLS


class KafkaAway(Exception):
    """Kafka does not answer, refuses, or the topic is not there; one sentence that says why."""


Client = TypeVar("Client")


def connect(kind: Callable[..., Client], settings: Settings, **options: Any) -> Client:
    """Build `kind`, a client of kafka-python, with the settings and its own `options`; it has met a broker then.

    Raises KafkaAway, with nothing of the client left behind.
    """
    _knock(settings.kafka_bootstrap_servers.split(","), "start Kafka, or correct KAFKA_BOOTSTRAP_SERVERS")
    network = _Network()
    with ExitStack() as on_failure:
        on_failure.callback(network.close)
        with _at_most(GIVE_UP_SECONDS, network.close), _hearing() as heard:
            try:
                client = kind(**_options(settings), **options, kafka_client=network.client)
            except KafkaError as error:
                raise KafkaAway(heard.cause(settings) or _no_answer(error)) from error
        _knock(network.brokers(), "Kafka gives out that address itself; look at the broker's advertised.listeners")
        on_failure.pop_all()
    return client


@contextmanager
def away(settings: Settings) -> Iterator[None]:
    """Whatever kafka-python could not do in time: Kafka is away for now. Raises KafkaAway, and says why."""
    try:
        yield
    except KafkaError as error:
        raise KafkaAway(causes.sentence([error], settings) or _lost(error, settings)) from error


class _Network:
    """The part of a client that has the thread and the sockets: a constructor that fails would leave them behind."""

    def __init__(self) -> None:
        self._client: Any = None

    def client(self, **config: Any) -> Any:
        self._client = KafkaNetClient(**config)
        return self._client

    def brokers(self) -> list[str]:
        """Return the addresses that the brokers give to their clients, which need not be those of the settings."""
        return [f"{broker.host}:{broker.port}" for broker in self._client.cluster.brokers()]

    def close(self) -> None:
        if self._client:
            self._client.close()


class _Listener(logging.Handler):
    """Hears what kafka-python only logs: its constructors raise "Unable to bootstrap" whatever the cause is."""

    def __init__(self) -> None:
        super().__init__()
        self._errors: list[BaseException] = []
        self._was_asked_for_topics = False

    def cause(self, settings: Settings) -> str | None:
        """Say why no broker took us; None where nothing was heard that tells."""
        if said := causes.sentence(self._errors, settings):
            return said
        if self._was_asked_for_topics and not settings.speaks_sasl:
            return (
                "it ends the connection when it is asked for its topics, as brokers do that want a user; "
                f"look at KAFKA_SECURITY_PROTOCOL, now {settings.kafka_security_protocol}"
            )
        return None

    def emit(self, record: logging.LogRecord) -> None:
        arguments = record.args if isinstance(record.args, tuple) else ()
        self._errors += [one for one in arguments if isinstance(one, BaseException)]
        self._was_asked_for_topics |= record.name == "kafka.cluster"


@contextmanager
def _hearing() -> Iterator[_Listener]:
    library, heard = logging.getLogger("kafka"), _Listener()
    level, propagate = library.level, library.propagate
    library.setLevel(logging.WARNING)
    library.propagate = False  # heard, not shown: one sentence says it
    library.addHandler(heard)
    try:
        yield heard
    finally:
        library.removeHandler(heard)
        library.propagate = propagate
        library.setLevel(level)


@contextmanager
def _at_most(seconds: float, then: Callable[[], None]) -> Iterator[None]:
    last_call = threading.Timer(seconds, then)
    last_call.start()
    try:
        yield
    finally:
        last_call.cancel()
        last_call.join()


def _knock(servers: Iterable[str], advice: str) -> None:
    """See whether anybody listens, before the client begins to try for seconds. Raises KafkaAway."""
    why = "nothing to connect to"
    for server in servers:
        host, port = server.rsplit(":", 1)
        try:
            socket.create_connection((host, int(port)), timeout=KNOCK_SECONDS).close()
        except OSError as error:
            why = f"{server}: {error.strerror or error}"
        else:
            return
    raise KafkaAway(f"{why}; {advice}")


def _lost(error: KafkaError, settings: Settings) -> str:
    """Say what is known of brokers that were there before. Raises KafkaAway where none takes a connection now."""
    _knock(settings.kafka_bootstrap_servers.split(","), "see whether Kafka runs and can be reached from here")
    return f"it takes connections and does not do what it was asked ({error}); see whether all its brokers are well"


def _no_answer(error: KafkaError) -> str:
    return (
        f"it takes the connection and does not answer within {BOOTSTRAP_SECONDS:.0f} s ({error}); "
        "look at KAFKA_SECURITY_PROTOCOL and whether the broker is busy"
    )


def _options(settings: Settings) -> dict[str, Any]:
    security = {
        "security_protocol": settings.kafka_security_protocol,
        "sasl_mechanism": settings.kafka_sasl_mechanism,
        "sasl_plain_username": settings.kafka_sasl_username,
        "sasl_plain_password": settings.kafka_sasl_password and settings.kafka_sasl_password.get_secret_value(),
        # Files, not one context made of them: they are read at each connection, so a renewed certificate is used.
        "ssl_cafile": settings.kafka_ssl_cafile,
        "ssl_certfile": settings.kafka_ssl_certfile,
        "ssl_keyfile": settings.kafka_ssl_keyfile,
    }
    return {
        "bootstrap_servers": settings.kafka_bootstrap_servers.split(","),
        "bootstrap_timeout_ms": BOOTSTRAP_SECONDS * 1000,
        "reconnect_backoff_max_ms": 1_000,  # not half a minute blind after a broker's restart
        **{name: value for name, value in security.items() if value is not None},
    }


mend_transports()
