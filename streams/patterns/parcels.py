"""A parcel as delivery points remember it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from zlib import crc32

from streams.patterns.windows import TIME, Row

NAME, SELLER, HS, CENTS = range(2, 6)  # of a row, after its time and its item


@dataclass(frozen=True, slots=True)
class Parcel:
    """The parcel in hand. In its row name and seller are digests: that tells them apart within one point."""

    entity_id: str
    seller: str
    hs: str
    destination: str
    row: Row

    @property
    def time_ms(self) -> int:
        time_ms: int = self.row[TIME]
        return time_ms

    @classmethod
    def of(cls, touch: Mapping[str, Any]) -> Self:
        """
        >>> touch = {"entity": "deliveryPoint/d1", "time_ms": 7, "itemIdType": "S10", "itemId": "A", "consignee": "p1",
        ...     "seller": "p2", "hs": "851830", "value_eur": 19.9, "destination": "DE"}
        >>> Parcel.of(touch).row
        [7, 'S10/A', 1060662067, 2788244105, '851830', 1990]
        """
        item = f"{touch['itemIdType']}/{touch['itemId']}"
        name, seller = crc32(touch["consignee"].encode()), crc32(touch["seller"].encode())
        cents = round(touch["value_eur"] * 100)
        row = [touch["time_ms"], item, name, seller, touch["hs"], cents]
        entity_id = touch["entity"].partition("/")[2]
        return cls(entity_id, touch["seller"], touch["hs"], touch["destination"], row)
