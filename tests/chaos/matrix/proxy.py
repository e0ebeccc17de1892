"""A network cable that can be held, slowed or cut, in each direction on its own."""

import asyncio
import threading
from dataclasses import dataclass, field

HOST = "127.0.0.1"
CHUNK_BYTES = 1 << 16
LOOK_S = 0.02


@dataclass
class Way:
    """One direction. What is `held` arrives later, as with packets that a network loses and sends again."""

    held: bool = False
    delay_s: float = 0.0


@dataclass
class Proxy:
    """Passes what comes to `port` on to `target`, both on loopback, in a thread of its own."""

    port: int
    target: int
    there: Way = field(default_factory=Way)
    back: Way = field(default_factory=Way)
    _cut: bool = False
    _pipes: set["asyncio.Task[None]"] = field(default_factory=set)

    def start(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"proxy {self.port}", daemon=True)
        self._thread.start()
        listening = asyncio.start_server(self._serve, HOST, self.port)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(10)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        for pipe in (pipes := list(self._pipes)):
            pipe.cancel()
        await asyncio.gather(*pipes, return_exceptions=True)

    def cut(self) -> None:
        """End all connections and take none until mended."""
        self._cut = True
        self._loop.call_soon_threadsafe(lambda: [pipe.cancel() for pipe in self._pipes])

    def mend(self) -> None:
        """As a network should be."""
        self.there, self.back, self._cut = Way(), Way(), False

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            writer.close()
            return
        try:
            inner_reader, inner_writer = await asyncio.open_connection(HOST, self.target)
        except OSError:  # the broker is away: so are we
            writer.close()
            return
        self._pipe(reader, inner_writer, "there")
        self._pipe(inner_reader, writer, "back")

    def _pipe(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: str) -> None:
        task = self._loop.create_task(self._pass_on(source, sink, way))
        self._pipes.add(task)
        task.add_done_callback(self._pipes.discard)

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, name: str) -> None:
        try:
            while chunk := await source.read(CHUNK_BYTES):
                while (way := getattr(self, name)).held:  # noqa: ASYNC110 - another thread decides
                    await asyncio.sleep(LOOK_S)
                await asyncio.sleep(way.delay_s)
                sink.write(chunk)
                await sink.drain()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            sink.close()
