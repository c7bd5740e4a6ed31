"""Settings of SASL and TLS that contradict each other end the start with a sentence for each."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from bridge.config import Settings
from runtime.settings import load
from tests.bridge.conftest import Certificates

USER = {"KAFKA_SASL_MECHANISM": "PLAIN", "KAFKA_SASL_USERNAME": "bridge", "KAFKA_SASL_PASSWORD": "secret"}


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Said":
    return Said(monkeypatch, capsys)


class Said:
    """What the start says of these settings, line by line."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, **environment: object) -> list[str]:
        for name, value in environment.items():
            self._monkeypatch.setenv(name, str(value))
        with pytest.raises(SystemExit):
            load(Settings)
        return self._capsys.readouterr().err.splitlines()


def test_sasl_without_a_user_names_all_that_is_missing(said: Said) -> None:
    since = "since KAFKA_SECURITY_PROTOCOL is SASL_SSL"
    assert said(KAFKA_SECURITY_PROTOCOL="SASL_SSL") == [
        (
            f"KAFKA_SASL_MECHANISM is not set; expected PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, {since}. "
            "Example: KAFKA_SASL_MECHANISM=SCRAM-SHA-512"
        ),
        f"KAFKA_SASL_USERNAME is not set; expected a user's name, {since}. Example: KAFKA_SASL_USERNAME=bridge",
        (
            f"KAFKA_SASL_PASSWORD is not set; expected that user's password, {since}. "
            "Example: KAFKA_SASL_PASSWORD=$(cat /run/secrets/kafka)"
        ),
    ]


def test_a_user_without_sasl_asks_for_the_protocol(said: Said) -> None:
    [line] = said(**USER)
    assert line == (
        "KAFKA_SECURITY_PROTOCOL is not set; expected SASL_PLAINTEXT or SASL_SSL, since KAFKA_SASL_MECHANISM is set. "
        "Example: KAFKA_SECURITY_PROTOCOL=SASL_SSL"
    )


def test_certificates_without_tls_ask_for_the_protocol(said: Said, certificates: Certificates) -> None:
    [line] = said(KAFKA_SECURITY_PROTOCOL="PLAINTEXT", KAFKA_SSL_CAFILE=certificates.authority)
    assert line.startswith(
        "KAFKA_SECURITY_PROTOCOL is 'PLAINTEXT'; expected SSL or SASL_SSL, since KAFKA_SSL_CAFILE is set."
    )


def test_a_user_and_certificates_leave_one_protocol(said: Said, certificates: Certificates) -> None:
    [line] = said(**USER, KAFKA_SECURITY_PROTOCOL="SSL", KAFKA_SSL_CAFILE=certificates.authority)
    assert "expected SASL_SSL, since KAFKA_SASL_MECHANISM is set and KAFKA_SSL_CAFILE is set." in line


def test_a_certificate_needs_its_key(said: Said, certificates: Certificates) -> None:
    [line] = said(KAFKA_SECURITY_PROTOCOL="SSL", KAFKA_SSL_CERTFILE=certificates.certificate)
    assert line.startswith(
        "KAFKA_SSL_KEYFILE is not set; expected the PEM file with the private key of KAFKA_SSL_CERTFILE."
    )


def test_a_key_needs_its_certificate(said: Said, certificates: Certificates) -> None:
    [line] = said(KAFKA_SECURITY_PROTOCOL="SSL", KAFKA_SSL_KEYFILE=certificates.key)
    assert line.startswith("KAFKA_SSL_CERTFILE is not set; expected the PEM file with the certificate")


def test_a_key_of_another_certificate_is_refused(said: Said, certificates: Certificates) -> None:
    [line] = said(
        KAFKA_SECURITY_PROTOCOL="SSL",
        KAFKA_SSL_CERTFILE=certificates.certificate,
        KAFKA_SSL_KEYFILE=certificates.keystore,
    )
    assert "expected the unencrypted private key of KAFKA_SSL_CERTFILE" in line


def test_an_encrypted_key_is_refused_without_asking_for_its_password(
    said: Said, certificates: Certificates, tmp_path: Path
) -> None:
    key, encryption = load_pem_private_key(certificates.key.read_bytes(), None), BestAvailableEncryption(b"secret")
    (tmp_path / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    [line] = said(
        KAFKA_SECURITY_PROTOCOL="SSL",
        KAFKA_SSL_CERTFILE=certificates.certificate,
        KAFKA_SSL_KEYFILE=tmp_path / "key.pem",
    )
    assert "expected the unencrypted private key of KAFKA_SSL_CERTFILE" in line


def test_a_file_that_is_no_certificate_is_refused(said: Said, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("not a certificate")
    [line] = said(KAFKA_SECURITY_PROTOCOL="SSL", KAFKA_SSL_CAFILE=tmp_path / "ca.pem")
    assert "expected a PEM file with certificates." in line


@contextmanager
def no_root() -> Iterator[int]:
    """The tests may run as root, who reads everything."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65_534)
    try:
        yield os.geteuid()
    finally:
        os.seteuid(before)


@pytest.mark.parametrize("closed", ["file", "folder"])
def test_a_key_that_this_user_may_not_read_is_told(said: Said, tmp_path: Path, closed: str) -> None:
    folder = tmp_path / "kafka"
    folder.mkdir()
    key = folder / "key.pem"
    key.touch()
    shut = key if closed == "file" else folder
    shut.chmod(0)
    with no_root() as user:
        [line] = said(KAFKA_SECURITY_PROTOCOL="SSL", KAFKA_SSL_KEYFILE=key)
    shut.chmod(0o700)
    assert line.startswith("KAFKA_SSL_KEYFILE is ")
    assert f"expected a file that this process may read, which runs as user {user}." in line


def test_settings_that_fit_are_taken(monkeypatch: pytest.MonkeyPatch, certificates: Certificates) -> None:
    files = {"KAFKA_SSL_CAFILE": certificates.authority, "KAFKA_SSL_CERTFILE": certificates.certificate}
    environment = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SSL_KEYFILE": certificates.key, **USER, **files}
    for name, value in environment.items():
        monkeypatch.setenv(name, str(value))
    assert load(Settings).kafka_ssl_keyfile == certificates.key
