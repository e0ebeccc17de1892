"""Continuity of the seal: once sealed, the same number stays, closed and sound, until it may be opened."""

from collections.abc import Iterator, Mapping
from typing import Any

from streams.sensors.rules.places import Permission
from streams.sensors.signs import CRITICAL, HIGH, WARNING, Sign, over

CUSTOMS = "CUS"  # whose seal it is (DCSA)
BROKEN = {"2": "is damaged", "3": "is missing", "4": "is broken"}  # EDIFACT 4517


class Seal:
    """The seal as last told. Opened where it may be, it is quiet, and another may take its place."""

    SAVED = ("number", "_opened", "_replaceable", "status", "source")

    def __init__(self) -> None:
        self.number = self.status = self.source = ""
        self._opened = ""
        self._replaceable = False

    def signs(self, seal: Mapping[str, Any], permission: Permission, lasting_s: float) -> Iterator[Sign]:
        """Signs of one report of a seal."""
        number, self.status, self.source = seal["sealNumber"], seal["status"], seal.get("source", "")
        if self.source == CUSTOMS and permission:
            self._replaceable = True  # customs looked inside, where customs are
        yield from self._continuity(number, lasting_s)
        yield from self._electronics(number, seal.get("conditionCode"))
        if self.status == "OPENED":
            yield from self._open(number, seal, permission)
        else:
            tampered = self.status == "TAMPERED"
            yield from self._condition(number, seal.get("conditionCode"), permission, tampered=tampered)
        if self.status == "SEALED":
            yield over("SEAL_OPENED_IN_TRANSIT", f"Seal {number} reports that it is sealed.")
            yield from self._reuse(number, lasting_s)

    def _open(self, number: str, seal: Mapping[str, Any], permission: Permission) -> Iterator[Sign]:
        self._opened = number
        if permission:
            self._replaceable = True
            return
        state = BROKEN.get(seal.get("conditionCode", ""))
        text = f"Seal {number} was opened{' at ' + seal['openedAt'] if 'openedAt' in seal else ''}"
        text += f" and {state}." if state else "."
        yield Sign("SEAL_OPENED_IN_TRANSIT", CRITICAL, text, value="OPENED", normal="SEALED")

    def _continuity(self, number: str, lasting_s: float) -> Iterator[Sign]:
        known, self.number = self.number, number
        if known and known != number and not self._replaceable:
            text = f"The seal number is now {number}; it was {known} before."
            yield Sign("SEAL_NUMBER_MISMATCH", CRITICAL, text, value=number, normal=known, lasting_s=lasting_s)
        if known != number:
            self._replaceable = False

    def _condition(self, number: str, code: str | None, permission: Permission, *, tampered: bool) -> Iterator[Sign]:
        if code == "3" and permission and not tampered:
            self._replaceable = True  # taken off where it may be
        elif tampered or code in BROKEN:
            state = "was tampered with" if tampered else BROKEN[code or ""]
            yield Sign("SEAL_BROKEN", CRITICAL, f"Seal {number} {state}.", value=state, normal="sound")
        elif code == "1":
            yield over("SEAL_BROKEN", f"Seal {number} reports that it is sound.")

    @staticmethod
    def _electronics(number: str, code: str | None) -> Iterator[Sign]:
        if code == "5":
            yield Sign("SEAL_FAULTY", WARNING, f"The electronics of seal {number} are faulty.")
        elif code:
            yield over("SEAL_FAULTY", f"The electronics of seal {number} work again.")

    def _reuse(self, number: str, lasting_s: float) -> Iterator[Sign]:
        if number == self._opened:
            self._opened = ""
            text = f"Seal {number} was opened and then used again."
            yield Sign("SEAL_REUSED", HIGH, text, value=number, normal="a new seal", lasting_s=lasting_s)
