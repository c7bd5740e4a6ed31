"""Faults of kafka-python 3.0.12, mended: a broker's last words are heard, and a failed attempt leaves no socket."""

from typing import Any

from kafka.net.inet import KafkaNetSocket
from kafka.net.transport import KafkaSSLTransport, KafkaTCPTransport


def mend_transports() -> None:
    """Mend the classes that hold kafka-python's sockets; to be called once."""
    for kind in (KafkaTCPTransport, KafkaSSLTransport):
        _hear_last_words(kind)
    _close_after_a_failed_connect(KafkaNetSocket)
    _close_after_a_failed_handshake(KafkaSSLTransport)


def _hear_last_words(kind: Any) -> None:
    """Keep what arrives together with the end of a connection.

    A broker says why it refuses a user and hangs up at once: every second refusal was "socket disconnected".
    """
    receive = kind._sock_recv  # noqa: SLF001

    def received(self: Any) -> tuple[bytes, Exception | None]:
        data, error = receive(self)
        return data, None if data else error  # the end is met again at the next read

    kind._sock_recv = received  # noqa: SLF001


def _close_after_a_failed_connect(kind: Any) -> None:
    connect = kind.sock_connect

    async def closing(self: Any, net: Any, sock: Any, *where: Any, **options: Any) -> Any:
        try:
            return await connect(self, net, sock, *where, **options)
        except BaseException:
            sock.close()
            raise

    kind.sock_connect = closing


def _close_after_a_failed_handshake(kind: Any) -> None:
    handshake = kind.handshake

    async def closing(self: Any) -> None:
        try:
            await handshake(self)
        except BaseException:
            self.close()
            raise

    kind.handshake = closing
