"""What goes along with a refusal: the headers on `rejected.v1`, and the word to the provider on `feedback.v1`."""

from collections.abc import Mapping
from typing import Any

from streams.log import Headers
from streams.records.codes import Reject
from streams.records.feedback import Fix


def dlq_headers(source: Mapping[str, Any], at_ms: int, code: Reject, field: str) -> Headers:
    """Where the refused record stands in the log, what is wrong with it, and where in it (a JSON pointer).

    `source` is the place of the public input, `at_ms` its Kafka timestamp.

    >>> source = {"topic": "manifests.v1", "partition": 0, "offset": 17, "index": 2}
    >>> refused = dict(dlq_headers(source, 0, Reject.NUMBER_RANGE, "/parcels/2/numberOfPackages"))
    >>> refused["dlq_offset"], refused["dlq_message"]
    (b'17', b'The number is outside the range for this field.')
    """
    told = {
        "dlq_topic": source["topic"],
        "dlq_partition": source["partition"],
        "dlq_offset": source["offset"],
        "dlq_timestamp": at_ms,
        "dlq_code": code,
        "dlq_field": field,
        "dlq_message": code.sentence,
    }
    return tuple((name, str(value).encode()) for name, value in told.items())


def fix(code: Reject, field: str) -> Fix:
    """What a provider is asked to mend.

    >>> fix(Reject.HS_CODE_FORMAT, "/parcels/0/goodsItems/0/hsCode")["message"]
    'An HS code has 6, 8 or 10 digits.'
    """
    return {"code": code, "field": field, "message": code.sentence}
