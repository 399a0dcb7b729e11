"""A way between two parts that can be cut, slowed or left open with nothing coming through; TCP or Unix sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from pathlib import Path

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_CHUNK = 1 << 16


class Way(StrEnum):
    """How a way is at present."""

    OPEN = "open"
    CUT = "cut"
    """Every connection is reset, and new ones are closed as soon as they come."""
    SLOW = "slow"
    """Whatever comes is handed on later."""
    SILENT = "silent"
    """Connections are taken, and what comes is kept; nothing is handed on until the way is open again."""


class Proxy:
    """One way with its connections; `reach` makes a connection to the far end."""

    def __init__(self, reach: Callable[[], Awaitable[Streams]]) -> None:
        self._reach = reach
        self._way, self._seconds = Way.OPEN, 0.0
        self._clear = asyncio.Event()
        self._clear.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def on_port(self, host: str, port: int) -> None:
        """Listen for TCP connections."""
        self._server = await asyncio.start_server(self._serve, host, port)

    async def on_socket(self, path: Path) -> None:
        """Listen on a Unix socket, in place of one that lies there."""
        path.unlink(missing_ok=True)  # noqa: ASYNC240 - one name
        self._server = await asyncio.start_unix_server(self._serve, path)

    async def close(self) -> None:
        """End it and every connection."""
        self._end_all()
        self._clear.set()
        if self._server is not None:
            self._server.close()

    def become(self, way: Way, seconds: float = 0.0) -> None:
        """From now on it is like this; `seconds` is how much later things arrive on a slow way."""
        self._way, self._seconds = way, seconds
        if way is Way.SILENT:
            self._clear.clear()
        else:
            self._clear.set()
        if way is Way.CUT:
            self._end_all()

    @asynccontextmanager
    async def being(self, way: Way, seconds: float = 0.0) -> AsyncIterator[None]:
        """Like this while it is entered, and open afterwards."""
        self.become(way, seconds)
        try:
            yield
        finally:
            self.become(Way.OPEN)

    def _end_all(self) -> None:
        for writer in self._writers:
            with suppress(RuntimeError):
                writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._way is Way.CUT:
            writer.transport.abort()
            return
        self._writers.add(writer)
        try:
            await self._clear.wait()
            far_reader, far_writer = await self._reach()
            self._writers.add(far_writer)
            try:
                await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
            finally:
                self._writers.discard(far_writer)
                far_writer.transport.abort()
        except OSError:
            pass  # the far end is away: so is this connection
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One direction, until either end is gone; its end ends the other."""
        while data := await reader.read(_CHUNK):
            if self._way is Way.SLOW:
                await asyncio.sleep(self._seconds)
            await self._clear.wait()
            writer.write(data)
            await writer.drain()
        writer.close()


def to_port(host: str, port: int) -> Callable[[], Awaitable[Streams]]:
    """A far end that listens on a port."""
    return lambda: asyncio.open_connection(host, port)


def to_socket(path: Path) -> Callable[[], Awaitable[Streams]]:
    """A far end that listens on a Unix socket."""
    return lambda: asyncio.open_unix_connection(path)
