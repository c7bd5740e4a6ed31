"""A real Kafka that wants to know who its clients are; only with `--kafka=apache`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from devservices import SecuredApacheKafka
from devservices.processes import HOST


@dataclass(frozen=True)
class Certificates:
    """PEM files: the broker's for 127.0.0.1, a client's, the authority of both and another one."""

    keystore: Path
    certificate: Path
    key: Path
    authority: Path
    other_authority: Path


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    directory = tmp_path_factory.mktemp("certificates")
    files = Certificates(*(directory / f"{name}.pem" for name in ("broker", "client", "key", "ca", "other")))
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(files.authority))
    trustme.CA().cert_pem.write_to_path(str(files.other_authority))
    broker, client = authority.issue_cert(HOST), authority.issue_cert("bridge@shop.example")
    key = load_pem_private_key(broker.private_key_pem.bytes(), None)
    pkcs8 = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())  # Java reads no other
    files.keystore.write_bytes(pkcs8 + broker.cert_chain_pems[0].bytes())
    files.certificate.write_bytes(client.cert_chain_pems[0].bytes())
    client.private_key_pem.write_to_path(str(files.key))
    return files


@pytest.fixture(scope="session")
def secured_kafka(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config, certificates: Certificates
) -> Iterator[SecuredApacheKafka]:
    if pytestconfig.getoption("--kafka") != "apache":
        pytest.skip("runs with --kafka=apache")
    server = SecuredApacheKafka(
        tmp_path_factory.mktemp("secured-kafka"),
        keystore=certificates.keystore,
        truststore=certificates.authority,
        users={"bridge": "secret"},
        strangers={"stranger": "secret"},
    )
    with server:
        yield server
