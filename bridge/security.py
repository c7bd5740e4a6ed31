"""How the bridge shows Kafka who it is: the settings of SASL and TLS, and which of them contradict each other."""

import os
import ssl
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from runtime.settings import EnvironmentSettings, refusal, refuse

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
SASL = ("kafka_sasl_mechanism", "kafka_sasl_username", "kafka_sasl_password")
TLS = ("kafka_ssl_cafile", "kafka_ssl_certfile", "kafka_ssl_keyfile")


def _readable(path: Path) -> Path:
    try:
        path.open("rb").close()
    except PermissionError:
        raise refusal(f"a file that this process may read, which runs as user {os.geteuid()}") from None
    except OSError:
        raise ValueError("not a file") from None
    return path


ReadableFile = Annotated[Path, AfterValidator(_readable)]


class KafkaSecurity(EnvironmentSettings):
    """What a connection to Kafka is secured with."""

    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL", examples=["SASL_SSL"]
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        None, description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512", examples=["SCRAM-SHA-512"]
    )
    kafka_sasl_username: str | None = Field(None, description="a user's name", examples=["bridge"])
    kafka_sasl_password: SecretStr | None = Field(
        None, description="that user's password", examples=["$(cat /run/secrets/kafka)"], repr=False
    )
    kafka_ssl_cafile: ReadableFile | None = Field(
        None, description="a PEM file that exists", examples=["/etc/kafka/ca.pem"]
    )
    kafka_ssl_certfile: ReadableFile | None = Field(
        None, description="a PEM file that exists", examples=["/etc/kafka/bridge.pem"]
    )
    kafka_ssl_keyfile: ReadableFile | None = Field(
        None, description="a PEM file that exists", examples=["/etc/kafka/key.pem"]
    )

    @property
    def speaks_sasl(self) -> bool:
        """Whether the broker asks for a user."""
        return self.kafka_security_protocol.startswith("SASL")

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        refuse(self._protocol_for_others() or self._missing_for_protocol() or self._unusable_files())
        return self

    def _protocol_for_others(self) -> dict[str, str]:
        """A user without SASL, a certificate without TLS: most likely the protocol was forgotten."""
        sasl, tls = self._given(SASL), self._given(TLS)
        fitting = [
            name
            for name in PROTOCOLS
            if (not sasl or name.startswith("SASL")) and (not tls or name.endswith("SSL"))
        ]  # fmt: skip
        if self.kafka_security_protocol in fitting:
            return {}
        because = " and ".join(f"{names[0].upper()} is set" for names in (sasl, tls) if names)
        return {"kafka_security_protocol": f"{' or '.join(fitting)}, since {because}"}

    def _missing_for_protocol(self) -> dict[str, str]:
        since = f"since KAFKA_SECURITY_PROTOCOL is {self.kafka_security_protocol}"
        needed = SASL if self.speaks_sasl else ()
        missing = [name for name in needed if name not in self._given(SASL)]
        return {name: f"{type(self).model_fields[name].description}, {since}" for name in missing}

    def _unusable_files(self) -> dict[str, str]:
        certificate, key = self.kafka_ssl_certfile, self.kafka_ssl_keyfile
        if key and not certificate:
            return {"kafka_ssl_certfile": "the PEM file with the certificate for the key in KAFKA_SSL_KEYFILE"}
        if certificate and not key:
            return {"kafka_ssl_keyfile": "the PEM file with the private key of KAFKA_SSL_CERTFILE"}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            if self.kafka_ssl_cafile:
                context.load_verify_locations(self.kafka_ssl_cafile)
        except OSError:
            return {"kafka_ssl_cafile": "a PEM file with certificates"}
        try:
            if certificate:
                # Without a password of our own, an encrypted key would be asked for at the terminal.
                context.load_cert_chain(certificate, key, password=lambda: "")
        except OSError:
            return {"kafka_ssl_keyfile": "the unencrypted private key of KAFKA_SSL_CERTFILE, both PEM files"}
        return {}

    def _given(self, names: tuple[str, ...]) -> list[str]:
        return [name for name in names if getattr(self, name) is not None]
