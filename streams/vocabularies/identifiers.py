"""What an event is about: containers by ISO 6346, parcels by SSCC, as EPC URIs, GS1 Digital Links or plain."""

import re

from streams.records.check_digits import gtin_is_valid, iso6346_is_valid
from streams.records.codes import Reject

CONTAINER = re.compile(r"(?<![A-Z0-9])[A-Z]{3}[UJZR][0-9]{7}(?![A-Z0-9])")
CONTAINER_EPC = re.compile(r"urn:epc:id:bic:(?P<number>[A-Z0-9]+)|(?P<plain>[A-Z]{3}[UJZR][0-9]{7})")
SSCC_EPC = re.compile(r"urn:epc:id:sscc:(?P<company>[0-9]{6,12})\.(?P<serial>[0-9]{5,11})")
SSCC_LINK = re.compile(r"https?://[^?#]+/00/(?P<sscc>[0-9]{18})|(?P<plain>[0-9]{18})")
GEO = re.compile(r"geo:(?P<latitude>-?[0-9]{1,3}(\.[0-9]+)?),(?P<longitude>-?[0-9]{1,3}(\.[0-9]+)?)([,;].*)?")

Subject = tuple[str, str]


def container_in(text: str) -> str | None:
    """The first container number within a text, such as a device's name or an MQTT topic.

    >>> container_in("fleet/msku9070323/reefer"), container_in("fleet/MSKU9070324")
    ('MSKU9070323', None)
    """
    return next(filter(iso6346_is_valid, CONTAINER.findall(text.upper())), None)


def subject(identifier: str) -> Subject | Reject:
    """The field of our record that an EPC belongs into, and what it is there; or why it belongs nowhere.

    >>> subject("urn:epc:id:bic:MSKU9070323"), subject("urn:epc:id:sscc:4001356.5900000817")
    (('equipmentReference', 'MSKU9070323'), ('itemIds', '540013569000008171'))
    >>> subject("urn:epc:id:sgtin:4012345.011111.9876")
    <Reject.CODE_NOT_IN_LIST: 'CODE_NOT_IN_LIST'>
    """
    if found := CONTAINER_EPC.fullmatch(identifier):
        return "equipmentReference", found["number"] or found["plain"]
    if (found := SSCC_EPC.fullmatch(identifier)) and len(found["company"] + found["serial"]) == 17:
        return "itemIds", _with_check_digit(found["serial"][0] + found["company"] + found["serial"][1:])
    if found := SSCC_LINK.fullmatch(identifier):
        sscc = found["sscc"] or found["plain"]
        return ("itemIds", sscc) if gtin_is_valid(sscc) else Reject.ITEM_ID_CHECK_DIGIT
    return Reject.CODE_NOT_IN_LIST


def _with_check_digit(digits: str) -> str:
    return next(digits + check for check in "0123456789" if gtin_is_valid(digits + check))


def position(uri: str) -> dict[str, float] | None:
    """Degrees of a geo URI (RFC 5870), None where it is none.

    >>> position("geo:51.9496,4.1453;u=35")
    {'latitude': 51.9496, 'longitude': 4.1453}
    """
    found = GEO.fullmatch(uri)
    return {name: float(found[name]) for name in ("latitude", "longitude")} if found else None
