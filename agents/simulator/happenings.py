"""What a `World` yields."""

from typing import NamedTuple

import orjson


class Truth(NamedTuple):
    """What is really in a parcel; `scheme` is None for an honest one, the rest is what an officer would find.

    `plot` names those that belong together: the parcels of one purchase, or for one mule.
    """

    item_id: str
    scheme: str | None = None
    category: str = ""
    actual_value_eur: float = 0.0
    actual_hs: str = ""
    office: str = ""
    plot: str = ""

    @property
    def illicit(self) -> bool:
        return self.scheme is not None

    def line(self) -> bytes:
        """The line of the side file.

        >>> Truth("LZ551209644CN").line()
        b'{"itemId":"LZ551209644CN","illicit":false,"scheme":null}\\n'
        """
        fields = {"itemId": self.item_id, "illicit": self.illicit, "scheme": self.scheme}
        return orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE)


class Happening(NamedTuple):
    """One record to publish `at_s` seconds into the day.

    `codes` are the reject codes that were planted in it (one per refused parcel, or one for the whole record);
    `truths` tell of the parcels it mentions for the first time.
    """

    at_s: float
    topic: str
    key: bytes
    value: bytes
    codes: tuple[str, ...] = ()
    truths: tuple[Truth, ...] = ()
