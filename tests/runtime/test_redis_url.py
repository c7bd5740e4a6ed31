"""Addresses of a Redis: what all its readers take, and what each program says of the others."""

import re
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
import trustme
from celery import Celery
from kombu.exceptions import OperationalError

from bridge.publisher import Publisher, RedisAway, Task
from devservices import Valkey
from devservices.processes import HOST
from runtime.names import QUEUE
from runtime.redis_check import redis_findings
from runtime.redis_url import checked
from storefront.queue import celery_settings
from tests.runtime.pulses import pulse

BRIDGE = [sys.executable, "-m", "bridge"]
WORKER = [sys.executable, "-m", "celery", "-A", "storefront.worker", "worker", "-P", "solo"]
SHOP_CHECK = [sys.executable, "-m", "flask", "--app", "wsgi", "check"]
PROGRAMS = {"bridge": BRIDGE, "bridge's check": [*BRIDGE, "--check"], "worker": WORKER, "shop's check": SHOP_CHECK}

BAD = {
    "": "redis:// or rediss://, a host",
    "http://host/0": "redis:// or rediss://, a host",
    "redis:///0": "redis:// or rediss://, a host",
    "redis://host:0/0": "a port up to 65535",
    "redis://host:99999/0": "a port up to 65535",
    "redis://:pa/ss@host/0": "a port up to 65535",
    " redis://host/0": "an address without blanks",
    "redis://host/0\n": "an address without blanks",
    "redis://one/0;redis://two/0": "an address without blanks, ';'",
    "redis://:pa#ss@host/0": "an address without blanks, ';' and '#'",
    "redis://host/abc": "the database's whole number",
    "redis://host/-1": "the database's whole number",
    "redis://host/0/": "the database's whole number",
    "redis://host/0?socket_timeout=abc": "no options after redis://",
    "redis://host/0?ssl_cert_reqs=required": "no options after redis://",
    "rediss://host/0?colour=red": "no options but ssl_cert_reqs",
    "rediss://host/0?ssl_cert_reqs=none&ssl_cert_reqs=required": "each once",
    "rediss://host/0?ssl_cert_reqs=": "required, optional, none for ssl_cert_reqs",
    "rediss://host/0?ssl_ca_certs=/nowhere/ca.pem": "a PEM file that this process can read for ssl_ca_certs",
}
OF_EACH_KIND = [" redis://host/0", "redis://host/abc", "redis://host/0?socket_timeout=abc"]


@pytest.mark.parametrize(("url", "expected"), BAD.items())
def test_an_address_that_one_reader_can_not_take_is_refused(url: str, expected: str) -> None:
    with pytest.raises(ValueError, match=re.escape(expected)):
        checked(url)


@pytest.mark.parametrize("url", ["redis://host", "redis://host/", "redis://a:p%23@[::1]:1/15", "redis://:p@host:1/0"])
def test_an_address_without_tls_stays_as_it_is(url: str) -> None:
    assert checked(url) == url


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("rediss://host/0", "rediss://host/0?ssl_cert_reqs=required"),
        ("rediss://:p%23@host:1", "rediss://:p%23@host:1?ssl_cert_reqs=required"),
        (f"rediss://host/0?ssl_ca_certs={__file__}", f"rediss://host/0?ssl_ca_certs={__file__}&ssl_cert_reqs=required"),
        ("rediss://host/0?ssl_cert_reqs=none", "rediss://host/0?ssl_cert_reqs=none"),
    ],
)
def test_a_certificate_is_verified_unless_the_address_says_otherwise(url: str, taken: str) -> None:
    assert checked(url) == taken


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("url", OF_EACH_KIND)
def test_every_program_refuses_it_with_one_sentence(program: str, url: str) -> None:
    environment = {"REDIS_URL": url, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    ended = subprocess.run(PROGRAMS[program], env=environment, capture_output=True, text=True, check=False)
    said = f"REDIS_URL is (not shown); expected {BAD[url]}"
    assert (ended.returncode, ended.stderr[: len(said)]) == (2, said)
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("url", OF_EACH_KIND)
def test_the_health_check_says_it_too(tmp_path: Path, url: str) -> None:
    path = str(tmp_path / "pulse")
    pulse(idle_seconds=900).write(path)
    environment = {"REDIS_URL": url, "PULSE_FILE": path}
    command = [sys.executable, "-m", "runtime.health", "worker"]
    asked = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (asked.returncode, asked.stderr) == (1, "")
    assert asked.stdout.startswith(f"REDIS_URL is (not shown); expected {BAD[url]}")


class TlsFront(socketserver.ThreadingTCPServer):
    """Speaks TLS and passes on what it hears: the wheel's Valkey is built without."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext, behind: tuple[str, int]) -> None:
        super().__init__((HOST, 0), PassOn)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.behind = behind

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that ends the connection is no news."""


class PassOn(socketserver.BaseRequestHandler):
    server: TlsFront

    def handle(self) -> None:
        with socket.create_connection(self.server.behind) as behind:
            threading.Thread(target=pump, args=(behind, self.request), daemon=True).start()
            pump(self.request, behind)


def pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while heard := source.recv(65_536):
            target.sendall(heard)


@pytest.fixture
def tls_url(tmp_path: Path, valkey: Valkey, redis_url: str) -> Iterator[str]:
    """The address of an empty Redis behind TLS; the authority is not among the system's."""
    assert redis_url
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    authority.issue_cert(HOST).configure_cert(context)
    with TlsFront(context, (HOST, valkey.port)) as front:
        threading.Thread(target=front.serve_forever, daemon=True).start()
        yield f"rediss://{HOST}:{front.server_address[1]}/0"
        front.shutdown()


def test_queue_and_answers_go_through_tls(tls_url: str, tmp_path: Path) -> None:
    url = checked(f"{tls_url}?ssl_ca_certs={tmp_path / 'ca.pem'}")
    with closing(Publisher(url)) as publisher:
        publisher.publish([Task("nothing", "1", {}, "nothing")])
        assert publisher.queue_length() == 1
        assert publisher.answers(["1"]) == {}
    assert "wrong" not in {finding.level for finding in redis_findings(url, QUEUE)}


def test_a_certificate_that_nobody_vouches_for_is_not_taken(tls_url: str) -> None:
    with closing(Publisher(checked(tls_url))) as publisher:
        with pytest.raises(RedisAway, match="CERTIFICATE_VERIFY_FAILED"):
            publisher.publish([Task("nothing", "1", {}, "nothing")])
        with pytest.raises(RedisAway, match="CERTIFICATE_VERIFY_FAILED"):
            publisher.queue_length()
    [finding] = redis_findings(checked(tls_url), QUEUE)
    assert "CERTIFICATE_VERIFY_FAILED" in finding.sentence


def test_a_worker_verifies_too(tls_url: str) -> None:
    with Celery(set_as_current=False) as worker:
        worker.conf.update(celery_settings(checked(tls_url)))
        with worker.connection_for_read() as connection, pytest.raises(OperationalError, match="VERIFY_FAILED"):
            connection.ensure_connection(max_retries=1)
