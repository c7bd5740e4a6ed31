"""SASL and TLS on a real Apache Kafka: who is let in, and what those read who are not."""

import logging
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any
from uuid import uuid4

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import ACL, ACLOperation, ACLPermissionType, ResourcePattern, ResourceType

from bridge import connection
from bridge.config import Settings
from bridge.connection import KafkaAway
from bridge.loop import Bridge
from bridge.source import Source
from bridge.topic import create_topic
from devservices import SecuredApacheKafka
from tests.bridge.conftest import Certificates
from tests.bridge.rig import FakeQueue
from tests.bridge.test_source import until

SCRAM = "SCRAM-SHA-512"
Configure = Callable[..., Settings]

CHECK_PROTOCOL = "look at the port in KAFKA_BOOTSTRAP_SERVERS and at KAFKA_SECURITY_PROTOCOL, now {}"
SPEAKS_TLS = "it speaks TLS at this port; look at KAFKA_SECURITY_PROTOCOL, now {}"
WANTS_A_USER = "it ends the connection when it is asked for its topics, as brokers do that want a user"


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BOOTSTRAP_SECONDS", 1.0)


@pytest.fixture
def configure(secured_kafka: SecuredApacheKafka, certificates: Certificates) -> Configure:
    """Settings for a port of the broker: right ones, but for what a test changes; None leaves one away."""

    def make(port: str, **changed: Any) -> Settings:
        address = secured_kafka.url if port == "PLAINTEXT" else secured_kafka.address(port)
        right: dict[str, Any] = {"kafka_bootstrap_servers": address, "kafka_security_protocol": port}
        protocol = changed.get("kafka_security_protocol", port)
        if protocol.startswith("SASL"):
            right |= {"kafka_sasl_mechanism": SCRAM, "kafka_sasl_username": "bridge", "kafka_sasl_password": "secret"}
        if protocol.endswith("SSL"):
            right["kafka_ssl_cafile"] = certificates.authority
        if port == "SSL" and protocol.endswith("SSL"):
            right |= {"kafka_ssl_certfile": certificates.certificate, "kafka_ssl_keyfile": certificates.key}
        return Settings(**{name: value for name, value in (right | changed).items() if value is not None})

    return make


def said(configured: Settings) -> str:
    """What a source says that is not let in."""
    with pytest.raises(KafkaAway) as away:
        Source(configured, lambda _revoked: None)
    return str(away.value)


@pytest.mark.parametrize(
    ("port", "changed"),
    [
        ("SASL_SSL", {}),
        ("SASL_SSL", {"kafka_sasl_mechanism": "PLAIN"}),
        ("SASL_PLAINTEXT", {}),
        ("SSL", {}),
    ],
)
def test_a_message_comes_through(
    configure: Configure, secured_kafka: SecuredApacheKafka, port: str, changed: dict[str, str]
) -> None:
    name = uuid4().hex
    configured = configure(port, kafka_topic=name, kafka_group_id=name, **changed)
    assert create_topic(configured) is True
    with closing(KafkaProducer(bootstrap_servers=secured_kafka.url, acks="all")) as producer:
        producer.send(name, b"a count", partition=1).get(10)
    with closing(Source(configured, lambda _revoked: None)) as source:
        [record] = until(source.poll)[1]
    assert record.value == b"a count"


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("mechanism", [SCRAM, "PLAIN"])
@pytest.mark.parametrize("wrong", [{"kafka_sasl_password": "not-secret"}, {"kafka_sasl_username": "nobody"}])
def test_a_user_that_is_not_let_in_is_named(configure: Configure, mechanism: str, wrong: dict[str, str]) -> None:
    sentence = said(configure("SASL_SSL", kafka_sasl_mechanism=mechanism, **wrong))
    user = wrong.get("kafka_sasl_username", "bridge")
    assert sentence.startswith(f"it refuses the user '{user}' with this password; look at KAFKA_SASL_USERNAME")
    assert sentence.endswith(mechanism)
    assert "secret" not in sentence


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize(
    ("port", "changed", "sentence"),
    [
        (
            "SASL_SSL",
            {"kafka_sasl_mechanism": "SCRAM-SHA-256"},
            "it does not take SCRAM-SHA-256 at this port; look at KAFKA_SASL_MECHANISM",
        ),
        ("SASL_SSL", {"kafka_ssl_cafile": None}, "no authority that this machine trusts has signed its certificate"),
        (
            "SSL",
            {"kafka_ssl_certfile": None, "kafka_ssl_keyfile": None},
            "it wants a certificate of ours",
        ),
        ("SSL", {"kafka_security_protocol": "PLAINTEXT"}, SPEAKS_TLS.format("PLAINTEXT")),
        ("SASL_SSL", {"kafka_security_protocol": "SASL_PLAINTEXT"}, SPEAKS_TLS.format("SASL_PLAINTEXT")),
        (
            "PLAINTEXT",
            {"kafka_security_protocol": "SSL"},
            "it does not speak TLS at this port; " + CHECK_PROTOCOL.format("SSL"),
        ),
        (
            "SASL_PLAINTEXT",
            {"kafka_security_protocol": "SASL_SSL"},
            "it does not speak TLS at this port; " + CHECK_PROTOCOL.format("SASL_SSL"),
        ),
        (
            "PLAINTEXT",
            {"kafka_security_protocol": "SASL_PLAINTEXT"},
            "it asks for no user at this port; " + CHECK_PROTOCOL.format("SASL_PLAINTEXT"),
        ),
        (
            "SSL",
            {"kafka_security_protocol": "SASL_SSL"},
            "it asks for no user at this port; " + CHECK_PROTOCOL.format("SASL_SSL"),
        ),
        ("SASL_SSL", {"kafka_security_protocol": "SSL"}, WANTS_A_USER),
        ("SASL_PLAINTEXT", {"kafka_security_protocol": "PLAINTEXT"}, WANTS_A_USER),
        (
            "MISLEADING",
            {"kafka_security_protocol": "PLAINTEXT"},
            "127.0.0.1:1: Connection refused; Kafka gives out that address itself",
        ),
    ],
)
def test_a_setting_that_does_not_fit_the_broker_is_named(
    configure: Configure, port: str, changed: dict[str, str], sentence: str
) -> None:
    assert said(configure(port, **changed)).startswith(sentence)


@pytest.mark.usefixtures("_impatient")
def test_the_authority_of_somebody_else_is_named(configure: Configure, certificates: Certificates) -> None:
    sentence = said(configure("SASL_SSL", kafka_ssl_cafile=certificates.other_authority))
    assert sentence.startswith(
        f"its certificate is not of the authority in KAFKA_SSL_CAFILE, {certificates.other_authority} ("
    )


@pytest.mark.usefixtures("_impatient")
def test_a_name_that_is_not_in_the_certificate_is_told(configure: Configure, secured_kafka: SecuredApacheKafka) -> None:
    other_name = secured_kafka.address("SASL_SSL").replace("127.0.0.1", "localhost")
    sentence = said(configure("SASL_SSL", kafka_bootstrap_servers=other_name))
    assert sentence.startswith("its certificate is for another host (Hostname mismatch")
    assert sentence.endswith("look at the names in KAFKA_BOOTSTRAP_SERVERS")


def test_a_user_without_rights_reads_which_are_missing(configure: Configure) -> None:
    stranger = configure("SASL_SSL", kafka_sasl_username="stranger", kafka_topic="forbidden")
    with closing(Source(stranger, lambda _revoked: None)) as source, pytest.raises(KafkaAway) as away:
        source.topic_id()
    assert str(away.value).startswith("it does not allow the user 'stranger' to use the topic forbidden")


def test_a_user_without_rights_creates_no_topic(configure: Configure) -> None:
    stranger = configure("SASL_SSL", kafka_sasl_username="stranger", kafka_topic="forbidden")
    with pytest.raises(KafkaAway, match="does not allow the user 'stranger' to use the topic forbidden"):
        create_topic(stranger)


def test_a_topic_that_is_there_needs_no_right_to_create(
    configure: Configure, secured_kafka: SecuredApacheKafka
) -> None:
    name = uuid4().hex
    assert create_topic(configure("PLAINTEXT", kafka_topic=name)) is True
    with closing(KafkaAdminClient(bootstrap_servers=secured_kafka.url)) as admin:
        pattern = ResourcePattern(ResourceType.TOPIC, name)
        rights = (ACLOperation.READ, ACLOperation.DESCRIBE)
        granted = [ACL("User:stranger", "*", right, ACLPermissionType.ALLOW, pattern) for right in rights]
        assert not admin.create_acls(granted)["failed"]
    stranger = configure("SASL_SSL", kafka_sasl_username="stranger", kafka_topic=name)

    def is_there() -> bool:
        with suppress(KafkaAway):  # the rights take a moment to reach the broker
            return not create_topic(stranger)
        return False

    assert until(is_there)


@pytest.mark.usefixtures("_impatient")
def test_five_refusals_leave_no_thread(configure: Configure) -> None:
    refused = configure("SASL_SSL", kafka_sasl_password="not-secret")
    before = threading.active_count()
    for _ in range(5):
        said(refused)
    assert threading.active_count() == before


@pytest.mark.usefixtures("_impatient")
def test_the_running_bridge_says_what_it_waits_for(configure: Configure, caplog: pytest.LogCaptureFixture) -> None:
    refused = configure("SASL_SSL", kafka_sasl_password="not-secret")
    with caplog.at_level(logging.WARNING):
        Bridge(refused, FakeQueue()).step()  # type: ignore[arg-type]
    [record] = caplog.records
    assert record.getMessage() == (
        f"waiting for Kafka at {refused.kafka_bootstrap_servers}: it refuses the user 'bridge' with this "
        "password; look at KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD, and whether Kafka knows the user for "
        "SCRAM-SHA-512"
    )
