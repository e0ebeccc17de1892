"""Values as bytes: one way to write JSON, for all that a shard writes or keeps."""

from typing import Any

import orjson


def encode(value: Any) -> bytes:
    """`value` as JSON in UTF-8.

    orjson keeps a whole kilobyte or more behind every result however short it is. For thousands that wait for a
    commit, or millions that are remembered, a copy costs less than the memory and the page faults it saves.

    >>> encode({"lane": "GREEN"})
    b'{"lane":"GREEN"}'
    """
    return bytes(memoryview(orjson.dumps(value)))
