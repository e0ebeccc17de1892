"""Where a run takes place: one node, three of them, one behind a bad network, one with a small disk."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from agents.broker import Node, free_port, local
from agents.processes import die_with_parent
from tests.chaos.matrix.proxy import Proxy

HOST = "127.0.0.1"
THRICE = """
default.replication.factor=3
min.insync.replicas=2
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2
# A node that is killed is noticed in three seconds, not in nine.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"""


class World(Protocol):
    """A cluster: where publishers and auditors find it, and where the worker of a slot does."""

    @property
    def address(self) -> str: ...
    def entrance(self, slot: int) -> str: ...


MakeWorld = Callable[[], AbstractContextManager[World]]


@dataclass(frozen=True, eq=False)
class Single:
    """One node; everybody finds it in the same place."""

    node: Node

    @property
    def address(self) -> str:
        return self.node.address

    def entrance(self, slot: int) -> str:
        del slot
        return self.address


@contextmanager
def single() -> Iterator[Single]:
    with local() as node:
        yield Single(node)


@dataclass
class Member(Node):
    """One node of a cluster of several."""

    number: int = 1
    voters: str = ""
    more: str = THRICE

    def _properties(self) -> str:
        mine = next(voter for voter in self.voters.split(",") if voter.startswith(f"{self.number}@"))
        return (
            f"{super()._properties()}{self.more}"
            f"node.id={self.number}\ncontroller.quorum.voters={self.voters}\n"
            f"listeners=PLAINTEXT://{self.address},CONTROLLER://{mine.partition('@')[2]}\n"
        )

    def launch(self) -> None:
        """Start without waiting: alone, a member has nothing to say."""
        self._format()
        self._launch(die_with_parent)


@dataclass(frozen=True, eq=False)
class Cluster:
    """Three nodes, everything on all of them, two of which suffice."""

    nodes: list[Member]

    @property
    def address(self) -> str:
        return ",".join(node.address for node in self.nodes)

    def entrance(self, slot: int) -> str:
        del slot
        return self.address


@contextmanager
def cluster() -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="greenlane-cluster-", ignore_cleanup_errors=True) as home:
        voters = ",".join(f"{number}@{HOST}:{free_port()}" for number in (1, 2, 3))
        nodes = [Member(Path(home, str(n)), free_port(), number=n, voters=voters) for n in (1, 2, 3)]
        try:
            for node in nodes:
                node.launch()
            for node in nodes:
                node.start()
            yield Cluster(nodes)
        finally:
            for node in nodes:
                node.kill()


@dataclass
class Doored(Node):
    """A node that each worker reaches through a door of its own, and others directly."""

    doors: list[Proxy] = field(default_factory=list)

    def _properties(self) -> str:
        own = super()._properties()
        known = dict(line.split("=", 1) for line in own.splitlines() if "=" in line)
        doors = [(f"DOOR{number}", door) for number, door in enumerate(self.doors)]
        more = {
            "listeners": [f"{name}://{HOST}:{door.target}" for name, door in doors],
            "advertised.listeners": [f"{name}://{HOST}:{door.port}" for name, door in doors],
            "listener.security.protocol.map": [f"{name}:PLAINTEXT" for name, _ in doors],
        }
        return own + "".join(f"{what}={','.join([known[what], *values])}\n" for what, values in more.items())


@dataclass(frozen=True, eq=False)
class Network:
    """One node, and a network that may hold, delay or cut what goes between it and a worker."""

    node: Node
    doors: list[Proxy]

    @property
    def address(self) -> str:
        return self.node.address

    def entrance(self, slot: int) -> str:
        return f"{HOST}:{self.doors[slot].port}"


@contextmanager
def network(doors: int = 2) -> Iterator[Network]:
    proxies = [Proxy(free_port(), free_port()) for _ in range(doors)]
    with tempfile.TemporaryDirectory(prefix="greenlane-network-", ignore_cleanup_errors=True) as home:
        node = Doored(Path(home), free_port(), doors=proxies)
        for proxy in proxies:
            proxy.start()
        try:
            node.start(tied=True)
            yield Network(node, proxies)
        finally:
            node.kill()
            for proxy in proxies:
                proxy.stop()


@dataclass(frozen=True, eq=False)
class SmallDisk(Single):
    """A node whose disk can be filled, without harm to anything else."""

    disk: Path

    def fill(self) -> None:
        """Until not a byte is left."""
        with self._ballast.open("wb") as file:
            try:
                while True:
                    file.write(bytes(1 << 16))
                    file.flush()
            except OSError:
                return

    def clear(self) -> None:
        self._ballast.unlink()

    @property
    def _ballast(self) -> Path:
        return self.disk / "ballast"


DISK_MIB = 96


@contextmanager
def small_disk() -> Iterator[SmallDisk]:
    with _tmpfs() as disk:
        node = Node(disk, free_port())
        try:
            node.start(tied=True)
            yield SmallDisk(node, disk)
        finally:
            node.kill()


@contextmanager
def _tmpfs() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="greenlane-disk-", ignore_cleanup_errors=True) as home:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", home]
        subprocess.run(mount, check=True, capture_output=True)
        try:
            yield Path(home)
        finally:
            subprocess.run(["umount", "-l", home], check=False, capture_output=True)


def no_small_disk() -> str:
    """Why this machine cannot have a small disk; empty when it can."""
    try:
        with _tmpfs():
            return ""
    except (OSError, subprocess.CalledProcessError):
        return "mounting a small tmpfs needs root and CAP_SYS_ADMIN"
