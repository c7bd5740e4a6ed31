"""Apache Kafka 4.2 as Maven Central has it, without Docker: needs Java 17 and, for the first start, Maven."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from string import Template

from devservices.processes import HOST, free_port
from devservices.service import Service, ServiceError
from devservices.topics import broker_answers

HERE = Path(__file__).parent
JARS = HERE.parent / ".cache" / "apache-kafka" / "4.2.0"
JAVA_VERSION = 17
CLUSTER_ID = "c3RvcmVmcm9udC1zdG9jaw"  # any 16 bytes in base64


class ApacheKafka(Service):
    """A real Apache Kafka, up in five seconds, 320 MB."""

    name = "Apache Kafka"
    start_seconds = 60

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
            _run(
                "Kafka's format", [*_java(), "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, *self._config("-c")]
            )
        return [*_java(), "kafka.Kafka", *self._config()]

    def answers(self) -> bool:
        """Whether it answers a request for its topics."""
        return broker_answers(self.url)

    def _config(self, *option: str) -> list[str]:
        return [*option, str(self.data_dir / "server.properties")]

    def _write_properties(self) -> None:
        template = Template((HERE / "server.properties").read_text())
        filled = template.substitute(port=self.port, controller_port=free_port(), log_dir=self.data_dir / "log")
        (self.data_dir / "server.properties").write_text(filled)


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
