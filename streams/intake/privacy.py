"""Where personal data ends: keyed pseudonyms, and lists of the only fields that may go further in clear.

A pseudonym is the same for the same person, firm or address as long as the key is, so everything that looks at
habits works on; without the key nobody can try names until one fits. Free text is dropped, not hidden.
"""

import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any
from unicodedata import normalize

import orjson

ITEM_ID = re.compile(r"[!-?A-~]{1,35}")
PLAIN = re.compile(r"[A-Za-z0-9._:/-]{1,70}")
NOT_ALPHANUMERIC = bytes(code for code in range(128) if not chr(code).isalnum())

PARCEL_IN_CLEAR = (
    "postedAt", "exportCountry", "destinationCountry", "categoryOfItem", "numberOfPackages", "grossMass", "totalValue",
    "postalCharges",
)  # fmt: skip
GOODS_IN_CLEAR = ("sequenceNumber", "hsCode", "originCountry", "quantity", "value", "netMass", "grossMass", "gtin")
DECLARATION_HIDDEN = ("declarantId", "importerId", "courierId")
PARTIES = (("consignor", True), ("consignee", False), ("seller", True), ("buyer", False))
PSEUDONYM_BYTES, CONTENT_BYTES = 12, 16
REMEMBERED = 16_384  # senders and identifiers whose pseudonyms are kept at hand


def is_plain(text: str) -> bool:
    """Whether `text` has the form of a reference, so that it may be repeated where personal data must not go.

    >>> is_plain("CNPOST-20260820-000184"), is_plain("Erika Mustermann")
    (True, False)
    """
    return PLAIN.fullmatch(text) is not None


def alphanumerics(text: str) -> bytes:
    """Letters and digits alone, case folded, without accents: spellings of one address become one.

    >>> alphanumerics("Große Straße 12-B,  KÖLN")
    b'grossestrasse12bkoln'
    """
    if text.isascii():
        return text.lower().encode().translate(None, NOT_ALPHANUMERIC)
    return "".join(filter(str.isalnum, normalize("NFKD", text).casefold())).encode()


def pick(fields: Iterable[str], record: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `fields` that `record` has."""
    return {name: record[name] for name in fields if name in record}


class Pseudonyms:
    """Keyed pseudonyms; each purpose has a key of its own, so that a pseudonym in one field says nothing about another.

    While a `former` key is being replaced by `key`, names are still made with the former one, so that what is known
    under them goes on; only of what was declared there is a digest by each.

    >>> names = Pseudonyms(bytes(32))
    >>> names.identifier("de 123-456") == names.identifier("DE123456")
    True
    """

    def __init__(self, key: bytes, former: bytes = b"") -> None:
        digests = {"content": key, "formerContent": former} if former else {"content": key}
        self._content_keys = [(name, _keyed(of, b"content", CONTENT_BYTES)) for name, of in digests.items()]
        key = former or key
        self._identifier_key = _keyed(key, b"identifier")
        self._party_key = _keyed(key, b"party")
        self._address_key = _keyed(key, b"address")
        self._text_key = _keyed(key, b"text")

        self.identifier = lru_cache(REMEMBERED)(self._identifier)
        self._sender = lru_cache(REMEMBERED)(self._person)

    def _identifier(self, text: str) -> str:
        """Of an identifier of a person or firm (EORI, national number, declarant, seller)."""
        return _pseudonym(self._identifier_key, alphanumerics(text) or text.encode())

    def _person(self, name: str, address: str) -> str:
        return _pseudonym(self._party_key, b"%b|%b" % (alphanumerics(name), alphanumerics(address)))

    def text(self, text: str) -> str:
        """`text` itself when it is a plain reference, else a pseudonym of it."""
        return text if is_plain(text) else _pseudonym(self._text_key, text.encode(errors="replace"))

    def item_id(self, text: str) -> str:
        """Of an item that was refused: itself when it could be one, for nobody has checked what it is.

        >>> names = Pseudonyms(bytes(32))
        >>> names.item_id("1Z999#7"), names.item_id("Erika Mustermann, Ulm")
        ('1Z999#7', 'p1981b3856f3314280f1063e9a')
        """
        return text if ITEM_ID.fullmatch(text) else _pseudonym(self._text_key, text.encode(errors="replace"))

    def seal_number(self, text: str) -> str:
        """A seal's number, spelt in one way so that manifests and devices can be compared; a pseudonym if it is none.

        >>> names = Pseudonyms(bytes(32))
        >>> names.seal_number("cn 774-1920"), names.seal_number("Erika Mustermann")
        ('CN7741920', 'p1262867b6d8336f8462220e99')
        """
        spelt = alphanumerics(text)
        if is_plain(text.replace(" ", "")) and any(map(str.isdigit, text)):
            return spelt.decode().upper()
        return _pseudonym(self._text_key, spelt)

    def delivery_point(self, address: Mapping[str, Any]) -> str:
        """Of a postal address, however it is written."""
        return _pseudonym(self._address_key, alphanumerics(_address(address)))

    def party(self, party: Mapping[str, Any], *, sends: bool = False) -> dict[str, Any]:
        """What may be known of a party: pseudonym, country, type of person; one who `sends` is likely to come again."""
        hidden = {"pseudonym": self._party(party, self._sender if sends else self._person)}
        if "address" in party:
            hidden["country"] = party["address"]["country"]
        if "typeOfPerson" in party:
            hidden["typeOfPerson"] = party["typeOfPerson"]
        return hidden

    def _party(self, party: Mapping[str, Any], pseudonym: Callable[[str, str], str]) -> str:
        if "identifier" in party:
            return self.identifier(party["identifier"])
        return pseudonym(party["name"], _address(party["address"]))

    def content(self, *declared: Any) -> dict[str, str]:
        """32 hex digits, the same for the same declaration however its fields are ordered and its numbers spelt.

        Under the names a case gives them: `content`, and `formerContent` while keys change. `declared` are records that
        passed the checks, which leave fields in the order of the schema, numbers as floats.
        """
        spelt = orjson.dumps(declared)
        return {name: _digest(key, spelt) for name, key in self._content_keys}

    def parcel(self, parcel: Mapping[str, Any], transport: Mapping[str, Any] | None) -> dict[str, Any]:
        """The parcel as a case carries it (`streams.records.case.CaseParcel`), with what `transport` gave for it."""
        hidden = pick(PARCEL_IN_CLEAR, parcel)
        hidden["goodsItems"] = [pick(GOODS_IN_CLEAR, goods) for goods in parcel["goodsItems"]]
        for role, sends in PARTIES:
            if role in parcel:
                hidden[role] = self.party(parcel[role], sends=sends)
        if "consignee" in parcel and "address" in parcel["consignee"]:
            hidden["deliveryPoint"] = self.delivery_point(parcel["consignee"]["address"])
        if "platform" in parcel:
            hidden["platform"] = self._platform(parcel["platform"])
        for name in ("declarantEori", "iossNumber"):
            if name in parcel:
                hidden[name] = self.identifier(parcel[name])
        if "declaration" in parcel:
            hidden["declaration"] = self._declaration(parcel["declaration"])
        if transport is not None:
            hidden["transport"] = transport
        return hidden

    def transport(self, transport: Mapping[str, Any]) -> dict[str, Any]:
        """Container and seal stay, spelt in one way; a document is free text unless it looks like a reference."""
        hidden = dict(transport)
        if "sealNumber" in hidden:
            hidden["sealNumber"] = self.seal_number(hidden["sealNumber"])
        if "masterTransportDocument" in hidden:
            hidden["masterTransportDocument"] = self.text(hidden["masterTransportDocument"])
        return hidden

    def _platform(self, platform: Mapping[str, Any]) -> dict[str, Any]:
        hidden = pick(("knownSeller",), platform)
        if "sellerId" in platform:
            hidden["sellerId"] = self.identifier(f"{platform.get('name', '')}|{platform['sellerId']}")
        return hidden

    def _declaration(self, declaration: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: self.identifier(value) if name in DECLARATION_HIDDEN else self._code(value)
            for name, value in declaration.items()
        }

    def _code(self, value: Any) -> Any:
        """A national code is free text to us, and may be anything; a rate is a number."""
        return self.text(value) if isinstance(value, str) else value


def _keyed(key: bytes, purpose: bytes, digest_bytes: int = PSEUDONYM_BYTES) -> blake2b:
    """BLAKE2b under a key for one purpose (RFC 7693); set up once and then copied, a third of the price of an HMAC."""
    return blake2b(key=hmac.digest(key, purpose, "sha256"), digest_size=digest_bytes)


def _digest(keyed: blake2b, text: bytes) -> str:
    taking = keyed.copy()
    taking.update(text)
    return taking.hexdigest()


def _pseudonym(keyed: blake2b, text: bytes) -> str:
    return "p1" + _digest(keyed, text)


def _address(address: Mapping[str, Any]) -> str:
    return f"{''.join(address['lines'])}{address.get('postcode', '')}{address['city']}{address['country']}"
