"""`greenlane read`: what the engine said."""

import base64
import sys
from enum import StrEnum
from typing import Annotated, Any

import orjson
import typer

from agents.cli.surface import settings
from agents.errors import UsageError


class Stream(StrEnum):
    decisions = "decisions"
    alerts = "alerts"
    rejected = "rejected"
    feedback = "feedback"
    caretaker_alerts = "caretaker-alerts"


def read(
    stream: Annotated[Stream, typer.Argument(help="What to read.")],
    provider: Annotated[
        str | None, typer.Option(metavar="ID", help="With feedback: that of one registered provider.")
    ] = None,
    publisher: Annotated[str | None, typer.Option(metavar="ID", help="With caretaker-alerts: whose.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for more until Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines: values as they stand.")] = False,
) -> None:
    """Read committed records from the beginning to where the topic ended when the command started.

    Example: greenlane read alerts --follow
    """
    from agents.access import Access
    from agents.reading import committed
    from agents.topics import full_name

    chosen = settings()
    topic = full_name(chosen.namespace, name_of(stream, provider, publisher))
    show = json_writer(stream, flush=follow) if as_json else renderer(stream)
    try:
        for message in committed(Access.of(chosen), topic, follow=follow):
            show(message)
    except KeyboardInterrupt:
        if not follow:
            raise


def name_of(stream: Stream, provider: str | None, publisher: str | None = None) -> str:
    """The topic, without namespace."""
    from streams.topics import caretaker_alerts, feedback

    if (provider is not None and stream is not Stream.feedback) or provider == "":
        raise UsageError("--provider is for feedback, and needs the id of a registered provider")
    if (stream is Stream.caretaker_alerts) != bool(publisher):
        raise UsageError("caretaker-alerts needs --publisher, the id of a registered provider, and nothing else does")
    if publisher:
        return caretaker_alerts(publisher)
    return feedback(provider, verified=True) if provider else f"{stream}.v1"


def json_writer(stream: Stream, *, flush: bool) -> Any:
    out = sys.stdout.buffer

    def write(message: Any) -> None:
        out.write(envelope(message) if stream is Stream.rejected else message.value())
        out.write(b"\n")
        if flush:
            out.flush()

    return write


def renderer(stream: Stream) -> Any:
    from rich.console import Console

    from agents.cli import render

    console = Console(highlight=False, soft_wrap=True)
    if stream is Stream.rejected:
        return lambda message: console.print(render.rejected(message.headers() or ()))
    draw = {
        Stream.decisions: render.decision,
        Stream.alerts: render.alert,
        Stream.caretaker_alerts: render.alert,
        Stream.feedback: render.feedback,
    }[stream]
    return lambda message: console.print(draw(orjson.loads(message.value())))


def envelope(message: Any) -> bytes:
    """A refused record as JSON: its value may be any bytes, so `encoding` says how to read `value`."""
    value, encoding = text_or_base64(message.value())
    return orjson.dumps(
        {
            "key": text_or_base64(message.key())[0],
            "headers": {name: text_or_base64(content)[0] for name, content in message.headers() or ()},
            "value": value,
            "encoding": encoding,
        }
    )


def text_or_base64(content: bytes | None) -> tuple[str | None, str]:
    """Bytes as text where they are text.

    >>> text_or_base64(b"caf\\xc3\\xa9"), text_or_base64(b"\\xff"), text_or_base64(None)
    (('café', 'utf-8'), ('/w==', 'base64'), (None, 'utf-8'))
    """
    if content is None:
        return None, "utf-8"
    try:
        return content.decode(), "utf-8"
    except UnicodeDecodeError:
        return base64.b64encode(content).decode(), "base64"
