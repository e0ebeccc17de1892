"""`/metrics`, `/healthz` and `/readyz` of a worker, answered by a thread of their own while the event loop is busy."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

from agents.errors import UsageError
from agents.health import Progress

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class _Server(ThreadingMixIn, WSGIServer):
    """A thread a request: a slow reader of metrics does not make the health check fail."""

    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name the base class gave it
        """Say nothing: a scrape every few seconds is no event."""


def _page(answer: Callable[[], tuple[bool, str]]) -> App:
    def app(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        good, text = answer()
        status = "200 OK" if good else "503 Service Unavailable"
        start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
        return [text.encode() + b"\n"]

    return app


def health(progress: Progress) -> tuple[bool, str]:
    """Whether a worker is well, and why: busy is well."""
    if progress.silent_s > progress.stalled_s() and not progress.healthy:
        return False, f"the runtime has not been heard of for {progress.silent_s:.0f} s"
    if not progress.healthy:
        return False, f"work waits and nothing has moved for {progress.stalled_s():.0f} s"
    return True, f"busy: {progress.waiting} records wait" if progress.waiting else "ok"


def readiness(progress: Progress) -> tuple[bool, str]:
    """Whether a worker is at work on all it owns."""
    return progress.ready, "ready" if progress.ready else "not joined or not restored"


def make_app(registry: CollectorRegistry, progress: Progress) -> App:
    """The three pages as one WSGI application; any other path is 404."""
    pages: dict[str, App] = {
        "/metrics": make_wsgi_app(registry),
        "/healthz": _page(lambda: health(progress)),
        "/readyz": _page(lambda: readiness(progress)),
    }

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        page = pages.get(environ["PATH_INFO"])
        if page:
            return page(environ, start_response)
        start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"try " + b", ".join(path.encode() for path in pages) + b"\n"]

    return app


@contextmanager
def serving(registry: CollectorRegistry, progress: Progress, host: str, port: int) -> Iterator[int]:
    """Answer at `host:port` (0 = any free port) while the context lasts; gives the port.

    Raises `UsageError` when the port is taken.
    """
    try:
        server = make_server(host, port, make_app(registry, progress), _Server, _Quiet)
    except OSError as error:
        raise UsageError(
            f"cannot serve metrics at {host}:{port}: {error.strerror} (GREENLANE_METRICS_PORT chooses another)"
        ) from error
    Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
