"""Files of sensor events in other vocabularies: a JSON document, or one a line (JSON Lines)."""

from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from streams.intake.faults import Fault
from streams.intake.reading import read


class Document(NamedTuple):
    """One document and, in a file of many, its line."""

    line: int | None
    raw: bytes


def documents(file: BinaryIO) -> Iterator[Document]:
    """The documents of a file. One whose first line is JSON by itself is read line by line, any other whole."""
    first = file.readline()
    if _is_json(first):
        yield Document(1, first)
        yield from _lines(file, 2)
        return
    whole = first + file.read()
    lines = whole.splitlines()
    if len(lines) > 1 and not _is_json(whole) and any(map(_is_json, lines[1:3])):  # only the first line is broken
        yield from _lines(lines, 1)
    else:
        yield Document(None, whole)


def _lines(lines: Any, start: int) -> Iterator[Document]:
    return (Document(number, line) for number, line in enumerate(lines, start) if line.strip())


def _is_json(raw: bytes) -> bool:
    return isinstance(read(raw).tree, dict | list)


def as_line(file: str, document: Document, fault: Fault) -> dict[str, Any]:
    """A reject as a line of JSON: where it is, what is wrong by code, and in a sentence.

    >>> from streams.records.codes import Reject
    >>> as_line("a.jsonl", Document(3, b""), Fault(Reject.UNIT_MISSING, "/0/u"))  # doctest: +NORMALIZE_WHITESPACE
    {'file': 'a.jsonl', 'line': 3, 'code': 'UNIT_MISSING', 'field': '/0/u',
     'message': 'The reading has a number and no unit.'}
    """
    line = {} if document.line is None else {"line": document.line}
    return {"file": file, **line, "code": fault.code.value, "field": fault.field, "message": fault.code.sentence}
