"""Who gives way where there is no room for all: strangers first, those somebody answers for last."""

from collections import OrderedDict
from collections.abc import Sized
from typing import Protocol

STRANGER, KNOWN, REGISTERED = RANKS = (0, 1, 2)
OPEN_TO = 16  # one part in so many of all room stays open to each rank, however many others there are
FEW = 4  # quantities: a device that measures more gives way itself before others of its rank


class Guest(Protocol):
    """A device, as far as room is concerned. `rank` is that of its last event, -1 before the first."""

    rank: int

    @property
    def quantities(self) -> Sized: ...


class _Seats:
    """The devices of one rank, least recently heard first; those that measure something are in both."""

    def __init__(self) -> None:
        self.devices = OrderedDict[str, None]()
        self.measuring = OrderedDict[str, None]()
        self.detectors = 0


class Room:
    """Devices by rank: anybody can invent a device, some have come to be known, and some are registered.

    The lowest rank that takes up more than a sixteenth of all room gives way, and in it who was heard least recently:
    so a flood of invented devices crowds out each other, while newcomers have a chance even where all others are
    registered. Not saved: it follows from the devices, in the order in which they were heard. Cost: 0.2 µs an event.

    >>> class Device:
    ...     def __init__(self, rank, *quantities):
    ...         self.rank, self.quantities = -1, quantities
    ...         room.hear(f"{len(room)}", self, rank, 0)
    >>> room = Room()
    >>> known, stranger, other = Device(KNOWN, "Temperature"), Device(STRANGER, *"abcde"), Device(STRANGER)
    >>> room.detectors, room.leaves(most=2), room.measures_less("2", other, most=5)
    (6, '1', '1')
    """

    def __init__(self) -> None:
        self._ranks = tuple(_Seats() for _ in RANKS)
        self.detectors = 0

    def __len__(self) -> int:
        return sum(len(seats.devices) for seats in self._ranks)

    def hear(self, device_id: str, device: Guest, rank: int, before: int) -> None:
        """A device was heard. It is of this rank now, and measured so many quantities `before`."""
        number = len(device.quantities)
        if rank != device.rank:
            self._rise(device_id, device, rank, before)
            return
        seats = self._ranks[rank]
        seats.devices.move_to_end(device_id)
        if number:
            seats.measuring[device_id] = None
            seats.measuring.move_to_end(device_id)
        if number != before:
            self._count(seats, device_id, number, number - before)

    def lessened(self, device_id: str, device: Guest) -> None:
        """A device measures one quantity less, for others."""
        self._count(self._ranks[device.rank], device_id, len(device.quantities), -1)

    def leave(self, device_id: str, device: Guest) -> None:
        """A device is forgotten."""
        seats, number = self._ranks[device.rank], len(device.quantities)
        del seats.devices[device_id]
        self._count(seats, device_id, 0, -number)

    def leaves(self, most: int) -> str:
        """Who is to be forgotten where there is room for so many devices, and there are more."""
        return next(iter(self._gives_way([len(seats.devices) for seats in self._ranks], most).devices))

    def measures_less(self, newest_id: str, newest: Guest, most: int) -> str:
        """Who is to measure less where there is room for so many detectors; `newest` is who was heard just now."""
        seats = self._gives_way([seats.detectors for seats in self._ranks], most)
        if len(newest.quantities) > FEW and newest_id in seats.measuring:
            return newest_id
        return next(iter(seats.measuring))

    def _gives_way(self, taken: list[int], most: int) -> _Seats:
        return next(seats for seats, each in zip(self._ranks, taken, strict=True) if each > most // OPEN_TO)

    def _rise(self, device_id: str, device: Guest, rank: int, before: int) -> None:
        """Take the last seat of another rank."""
        if device.rank in RANKS:
            seats = self._ranks[device.rank]
            del seats.devices[device_id]
            self._count(seats, device_id, 0, -before)
        device.rank = rank
        self._ranks[rank].devices[device_id] = None
        if number := len(device.quantities):
            self._ranks[rank].measuring[device_id] = None
            self._count(self._ranks[rank], device_id, number, number)

    def _count(self, seats: _Seats, device_id: str, number: int, more: int) -> None:
        seats.detectors += more
        self.detectors += more
        if not number:
            seats.measuring.pop(device_id, None)
