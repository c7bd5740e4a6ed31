"""A TCP proxy between two of the shop's processes: the network that can be made to fail."""

import asyncio
import socket
import struct
import threading
from enum import Enum
from types import TracebackType
from typing import Self

from devservices.processes import HOST

CHUNK = 65_536  # bytes
LATENCY_SECONDS = 0.2  # one way, where the network is slow
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: no orderly end


class Mode(Enum):
    """How the network behaves."""

    FORWARD = "as it should"
    SLOW = f"{LATENCY_SECONDS} s later, each way"
    BLACKHOLE = "connections stay open, nothing comes through; it does once the network is healed"
    CUT = "connections are reset, new ones too"


class Proxy:
    """Forwards connections to a port of this machine, from a thread of its own. Its own port is `port`."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._mode = Mode.FORWARD
        self._connections: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._passable = asyncio.Event()
        self._passable.set()
        self._thread = threading.Thread(target=self._run, name=f"proxy-{self.port}", daemon=True)
        self._thread.start()

    def switch(self, mode: Mode) -> None:
        """Make the network behave like `mode` from now on; FORWARD heals it."""
        asyncio.run_coroutine_threadsafe(self._switch(mode), self._loop).result(5)

    def close(self) -> None:
        """End all connections and the thread."""
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._live())

    async def _live(self) -> None:
        server = await asyncio.start_server(self._serve, sock=self._listener)
        await self._closing.wait()
        server.close()
        for connection in self._connections:
            connection.transport.abort()
        await asyncio.sleep(0)  # a transport is gone one turn later

    async def _switch(self, mode: Mode) -> None:
        self._mode = mode
        if mode is Mode.BLACKHOLE:
            self._passable.clear()
        else:
            self._passable.set()
        if mode is Mode.CUT:
            for connection in self._connections:
                _reset(connection)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry bytes both ways until one end closes."""
        self._connections.add(writer)
        await self._passable.wait()
        if self._mode is Mode.CUT:
            _reset(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection(HOST, self._target_port)
        except OSError:  # nobody there: as if the caller had asked without a proxy
            self._end(writer)
            return
        self._connections.add(far_writer)
        pumps = [asyncio.create_task(self._pump(*ends)) for ends in ((reader, far_writer), (far_reader, writer))]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)  # either end may have gone with an error
        self._end(writer, far_writer)

    def _end(self, *writers: asyncio.StreamWriter) -> None:
        for writer in writers:
            self._connections.discard(writer)
            writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            await self._passable.wait()
            if self._mode is Mode.SLOW:
                await asyncio.sleep(LATENCY_SECONDS)
            writer.write(data)
            await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection is not None and connection.fileno() >= 0:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    writer.transport.abort()
