"""Apache Kafka 4.2 as Maven Central has it, without Docker: needs Java 17 and, for the first start, Maven."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from string import Template
from types import MappingProxyType
from typing import ClassVar

from devservices.broker import broker_answers
from devservices.processes import HOST, free_port
from devservices.service import Service, ServiceError

HERE = Path(__file__).parent
JARS = HERE.parent / ".cache" / "apache-kafka" / "4.2.0"
JAVA_VERSION = 17
CLUSTER_ID = "c3RvcmVmcm9udC1zdG9jaw"  # any 16 bytes in base64

PLAIN_LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule required {users};"
SCRAM_LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


class ApacheKafka(Service):
    """A real Apache Kafka, up in five seconds, 320 MB."""

    name = "Apache Kafka"
    start_seconds = 60
    templates: ClassVar[tuple[str, ...]] = ("server.properties",)
    properties: Mapping[str, str] = MappingProxyType({})
    """Lines for its server.properties; they win over the ones that are there."""

    @property
    def url(self) -> str:
        """Its address as a bootstrap server."""
        return f"{HOST}:{self.port}"

    def prepare(self) -> list[str]:
        """Fetch the jars where they are missing, format the log directory on the first start.

        Raises ServiceError where Java or Maven is missing.
        """
        check_java()
        fetch_jars()
        self._write_properties()
        if not (self.data_dir / "log" / "meta.properties").exists():
            _run("Kafka's format", [*_java(), "kafka.tools.StorageTool", "format", *self._format_options()])
        return [*_java(), "kafka.Kafka", *self._config()]

    def answers(self) -> bool:
        """Whether it answers a request for its topics."""
        return broker_answers(self.url)

    def _config(self, *option: str) -> list[str]:
        return [*option, str(self.data_dir / "server.properties")]

    def _format_options(self) -> list[str]:
        return ["-t", CLUSTER_ID, *self._config("-c")]

    def _write_properties(self) -> None:
        values = self._values()
        filled = [Template((HERE / name).read_text()).substitute(values) for name in self.templates]
        more = (f"{name}={value}\n" for name, value in self.properties.items())
        (self.data_dir / "server.properties").write_text("".join([*filled, *more]))

    def _values(self) -> dict[str, object]:
        return {"port": self.port, "controller_port": free_port(), "log_dir": self.data_dir / "log"}


class SecuredApacheKafka(ApacheKafka):
    """The same with a port more for each other security protocol; `url` stays open to all, for whoever prepares a test.

    One port more, MISLEADING, sends its clients on to where nobody listens.

    `keystore` is a PEM file with the broker's private key (PKCS #8) and its certificates, `truststore` one with the
    authority of both sides' certificates. `users` (name to password, for PLAIN and SCRAM-SHA-512) and whoever shows a
    certificate may do everything, `strangers` nothing.
    """

    templates = (*ApacheKafka.templates, "secured.properties")

    def __init__(
        self,
        data_dir: Path,
        *,
        keystore: Path,
        truststore: Path,
        users: Mapping[str, str],
        strangers: Mapping[str, str],
    ) -> None:
        super().__init__(data_dir)
        self._stores = {"keystore": keystore, "truststore": truststore}
        self._users, self._strangers = users, strangers
        self._ports = {
            name: free_port() for name in ("ssl_port", "sasl_plaintext_port", "sasl_ssl_port", "misleading_port")
        }

    def address(self, protocol: str) -> str:
        """Its address for a client that speaks `protocol`, such as SASL_SSL, or MISLEADING."""
        return f"{HOST}:{self._ports[f'{protocol.lower()}_port']}"

    def _format_options(self) -> list[str]:
        scram = [f"SCRAM-SHA-512=[name={name},password={password}]" for name, password in self._known().items()]
        return [*super()._format_options(), *(part for user in scram for part in ("--add-scram", user))]

    def _values(self) -> dict[str, object]:
        known = " ".join(f'user_{name}="{password}"' for name, password in self._known().items())
        logins = {"plain": PLAIN_LOGIN.format(users=known), "scram": SCRAM_LOGIN}
        allowed = ";".join(f"User:{name}" for name in ("ANONYMOUS", "certified", *self._users))
        return {**super()._values(), **self._ports, **self._stores, **logins, "super_users": allowed}

    def _known(self) -> dict[str, str]:
        return {**self._users, **self._strangers}


def check_java() -> None:
    """Raise ServiceError unless there is a Java that can run Kafka."""
    if not shutil.which("java"):
        raise ServiceError(f"Java is missing: Apache Kafka needs Java {JAVA_VERSION} or newer.")
    shown = _run("java -version", ["java", "-version"])
    found = re.search(r'version "(\d+)', shown)
    if not found or int(found[1]) < JAVA_VERSION:
        raise ServiceError(f"Java is too old ({shown.splitlines()[0]}): Apache Kafka needs {JAVA_VERSION} or newer.")


def fetch_jars() -> None:
    """Put Kafka's jars into the project's cache unless they are there. Raises ServiceError without Maven."""
    if JARS.exists():
        return
    if not shutil.which("mvn"):
        raise ServiceError("Maven (mvn) is missing: it fetches Apache Kafka from Maven Central, once.")
    JARS.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=JARS.parent) as partial:  # all of them or none
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={partial}/jars"]
        _run("Maven", ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), *goal])
        Path(partial, "jars").rename(JARS)


def _java() -> list[str]:
    return ["java", "-Xmx400m", "-XX:+UseSerialGC", "-cp", f"{JARS}/*"]


def _run(what: str, command: list[str]) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        last = "\n".join(done.stdout.splitlines()[-5:])
        raise ServiceError(f"{what} failed:\n{last}")
    return done.stdout
