"""What Kafka and its client mean by their errors: a sentence that names the setting to look at."""

import ssl
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from kafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    InvalidReceiveError,
    KafkaConnectionError,
    SaslAuthenticationFailedError,
    TopicAuthorizationFailedError,
    UnsupportedSaslMechanismError,
)

from bridge.config import Settings

TLS_ALERT = 0x15  # the first byte of a TLS server's answer to what is no TLS
OTHER_NAME = {62, 64}  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
OUT_OF_DATE = {9, 10}  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED


def sentence(errors: Iterable[BaseException], settings: Settings) -> str | None:
    """Say what the first of `errors` that tells something means; None where none does."""
    said = (_say(error, settings) for error in errors)
    return next((one for one in said if one), None)


def _say(error: BaseException, settings: Settings) -> str | None:
    for cause in _causes(error):
        for kind, say in _SAY.items():
            if isinstance(cause, kind):
                return say(cause, settings)
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error that kafka-python wrapped, if any, and then its own."""
    if error.__context__ is not None:
        yield error.__context__
    yield from (argument for argument in error.args if isinstance(argument, BaseException))
    yield error


def _wrong_password(_error: Any, settings: Settings) -> str:
    return (
        f"it refuses the user {settings.kafka_sasl_username!r} with this password; look at KAFKA_SASL_USERNAME and "
        f"KAFKA_SASL_PASSWORD, and whether Kafka knows the user for {settings.kafka_sasl_mechanism}"
    )


def _wrong_mechanism(_error: Any, settings: Settings) -> str:
    return f"it does not take {settings.kafka_sasl_mechanism} at this port; look at KAFKA_SASL_MECHANISM"


def _no_sasl(_error: Any, settings: Settings) -> str:
    return (
        "it asks for no user at this port; look at the port in KAFKA_BOOTSTRAP_SERVERS and at "
        f"KAFKA_SECURITY_PROTOCOL, now {settings.kafka_security_protocol}"
    )


def _bad_certificate(error: ssl.SSLCertVerificationError, settings: Settings) -> str:
    why = error.verify_message.rstrip(".")
    if error.verify_code in OTHER_NAME:
        return f"its certificate is for another host ({why}); look at the names in KAFKA_BOOTSTRAP_SERVERS"
    if error.verify_code in OUT_OF_DATE:
        return f"its certificate is out of date ({why}); whoever runs Kafka must renew it, or this clock is wrong"
    if settings.kafka_ssl_cafile:
        return f"its certificate is not of the authority in KAFKA_SSL_CAFILE, {settings.kafka_ssl_cafile} ({why})"
    return f"no authority that this machine trusts has signed its certificate ({why}); set KAFKA_SSL_CAFILE"


def _no_tls(_error: Any, settings: Settings) -> str:
    return (
        "it does not speak TLS at this port; look at the port in KAFKA_BOOTSTRAP_SERVERS and at "
        f"KAFKA_SECURITY_PROTOCOL, now {settings.kafka_security_protocol}"
    )


def _tls(error: ssl.SSLError, settings: Settings) -> str:
    reason = error.reason or str(error)
    if "ALERT" in reason and ("CERTIFICATE" in reason or "UNKNOWN_CA" in reason):
        wanted = "refuses our certificate" if settings.kafka_ssl_certfile else "wants a certificate of ours"
        return f"it {wanted} ({reason}); look at KAFKA_SSL_CERTFILE and KAFKA_SSL_KEYFILE"
    if reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"}:
        return _no_tls(error, settings)
    return f"TLS with it fails ({reason}); look at KAFKA_SECURITY_PROTOCOL and KAFKA_SSL_CAFILE"


def _no_kafka(error: InvalidReceiveError, settings: Settings) -> str:
    length = str(error).rpartition(" ")[2]
    if length.isdecimal() and int(length) >> 24 == TLS_ALERT:
        return f"it speaks TLS at this port; look at KAFKA_SECURITY_PROTOCOL, now {settings.kafka_security_protocol}"
    return "what answers there does not speak Kafka; look at KAFKA_BOOTSTRAP_SERVERS"


def _connection(error: KafkaConnectionError, settings: Settings) -> str | None:
    """A handshake that was cut short; anything else says nothing new."""
    return _no_tls(error, settings) if "Handshake failed" in str(error) else None


def _not_allowed(what: str) -> Callable[[Any, Settings], str]:
    def say(_error: Any, settings: Settings) -> str:
        names = {"topic": settings.kafka_topic, "group": settings.kafka_group_id}
        who = f"the user {settings.kafka_sasl_username!r}" if settings.speaks_sasl else "us"
        return f"it does not allow {who} {what.format(**names)}; whoever runs Kafka grants that"

    return say


_SAY: dict[type[BaseException], Callable[[Any, Settings], str | None]] = {
    SaslAuthenticationFailedError: _wrong_password,
    UnsupportedSaslMechanismError: _wrong_mechanism,
    IllegalSaslStateError: _no_sasl,
    ssl.SSLCertVerificationError: _bad_certificate,
    ssl.SSLEOFError: _no_tls,
    ssl.SSLError: _tls,
    InvalidReceiveError: _no_kafka,
    KafkaConnectionError: _connection,
    TopicAuthorizationFailedError: _not_allowed(
        "to use the topic {topic} (READ and DESCRIBE; CREATE for --create-topic)"
    ),
    GroupAuthorizationFailedError: _not_allowed("to use the consumer group {group} (READ)"),
    ClusterAuthorizationFailedError: _not_allowed("to change the cluster (CREATE)"),
}
