"""The network that can be made to fail: what comes through, and when."""

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from chaos.proxy import LATENCY_SECONDS, Mode, Proxy
from devservices.processes import HOST


class _Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with suppress(ConnectionResetError):
            while data := self.request.recv(1024):
                self.request.sendall(data)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with socketserver.ThreadingTCPServer((HOST, 0), _Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with Proxy(server.server_address[1]) as between:
            yield between
        server.shutdown()


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection((HOST, proxy.port), timeout=5)


def ask(connection: socket.socket, what: bytes) -> bytes:
    connection.sendall(what)
    return connection.recv(1024)


def test_bytes_go_both_ways(proxy: Proxy) -> None:
    with closing(connect(proxy)) as one, closing(connect(proxy)) as other:
        assert (ask(one, b"one"), ask(other, b"other")) == (b"one", b"other")


def test_an_end_that_closes_closes_the_other(proxy: Proxy) -> None:
    with closing(connect(proxy)) as connection:
        assert ask(connection, b"hello") == b"hello"
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1024) == b""


def test_a_silent_network_delivers_when_it_is_healed(proxy: Proxy) -> None:
    with closing(connect(proxy)) as connection:
        assert ask(connection, b"before") == b"before"
        proxy.switch(Mode.BLACKHOLE)
        connection.settimeout(0.5)
        with pytest.raises(TimeoutError):
            ask(connection, b"during")
        with closing(connect(proxy)) as late:
            late.sendall(b"late")
            proxy.switch(Mode.FORWARD)
            assert connection.recv(1024) == b"during"
            assert late.recv(1024) == b"late"


def test_a_cut_network_resets_connections_old_and_new_and_takes_new_ones_when_it_is_healed(proxy: Proxy) -> None:
    with closing(connect(proxy)) as connection:
        assert ask(connection, b"before") == b"before"
        proxy.switch(Mode.CUT)
        with pytest.raises(ConnectionResetError):
            ask(connection, b"during")
    with pytest.raises(ConnectionResetError), closing(connect(proxy)) as refused:
        ask(refused, b"during")
    proxy.switch(Mode.FORWARD)
    with closing(connect(proxy)) as connection:
        assert ask(connection, b"after") == b"after"


def test_a_slow_network_takes_its_time_each_way(proxy: Proxy) -> None:
    proxy.switch(Mode.SLOW)
    with closing(connect(proxy)) as connection:
        began = time.monotonic()
        assert ask(connection, b"hello") == b"hello"
        assert time.monotonic() - began >= 2 * LATENCY_SECONDS


def test_where_the_server_is_away_a_connection_is_closed() -> None:
    with socket.create_server((HOST, 0)) as nobody:
        port = nobody.getsockname()[1]
    with Proxy(port) as proxy, closing(connect(proxy)) as connection:
        assert connection.recv(1024) == b""
