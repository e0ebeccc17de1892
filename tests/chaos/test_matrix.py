"""The harness itself: all rows are there, faults are told, recovery is measured, the network can be disturbed."""

import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from agents.broker import free_port
from tests.chaos.matrix import ROWS, Outcome, together
from tests.chaos.matrix.proxy import Proxy
from tests.chaos.matrix.report import line, page
from tests.chaos.matrix.traffic import Moment, Sight, Witness
from tests.chaos.runner import Supervisor

COUNTS = {"in": 100, "decided": 90, "rejected": 8, "missing": 2, "duplicated": 0}


def test_every_row_of_the_matrix_is_there():
    assert set(ROWS) == {f"F{number}" for number in range(1, 19)}


def test_one_line_tells_counts_recovery_and_verdict():
    told = line(Outcome(ROWS["F2"], 7, COUNTS, recover_s=3.25, took_s=12.0))
    expected = "100 in, 90 decided, 8 rejected, 2 missing, 0 duplicated, recovered in 3.2 s, holds (seed 7, 12 s)"
    assert told == f"F2   SIGTERM under load: {expected}"


def test_a_fault_breaks_the_row_and_is_told_in_a_line_of_its_own():
    outcome = Outcome(ROWS["F2"], 7, COUNTS, faults=("an item is missing",))
    assert not outcome.holds
    assert "BROKEN, 1 faults" in line(outcome)
    assert line(outcome).splitlines()[1].strip() == "an item is missing"
    assert "F2, seed 7: an item is missing" in page([outcome])


def test_many_runs_are_told_as_one_with_all_their_faults():
    sound = Outcome(ROWS["F1"], 1, COUNTS, recover_s=1.0, took_s=10.0)
    broken = Outcome(ROWS["F1"], 2, COUNTS, recover_s=4.0, took_s=11.0, faults=("lost",))
    told = line(together([sound, broken]))
    assert "200 in, 180 decided, 16 rejected, 4 missing, 0 duplicated, recovered in 4.0 s, BROKEN" in told
    assert "(2 runs, seeds 1 to 2, 21 s)" in told
    assert told.endswith("seed 2: lost")


def test_what_cannot_be_run_is_listed_with_its_reason():
    outcome = Outcome(ROWS["F11"], 1, not_run="no small disk here")
    assert line(outcome).endswith(": not run, no small disk here")
    assert "## Not run\n\n- F11: no small disk here" in page([outcome])


def test_recovery_is_when_the_last_partition_decides_something_newer_than_the_fault():
    witness, fault = Witness("127.0.0.1:1", "ns", partitions=2), Moment(at_s=100.0, wall_ms=5000)
    witness.sights = [Sight(1, 99.0, 9000), Sight(0, 101.0, 4999), Sight(0, 102.0, 5000)]
    assert witness.recovered_s(fault) is None
    witness.sights += [Sight(1, 104.5, 6000), Sight(0, 109.0, 7000)]
    assert witness.recovered_s(fault) == 4.5


def test_a_supervisor_tells_an_ending_that_no_worker_should_have():
    supervisor = Supervisor([])
    supervisor.endings.update([0, 70, 1])
    assert supervisor.misfits == {1: 1}


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(1024):
            self.request.sendall(data)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """Before a server that says everything back."""
    socketserver.ThreadingTCPServer.daemon_threads = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        between = Proxy(free_port(), server.server_address[1])
        between.start()
        yield between
        between.stop()
        server.shutdown()


def test_what_a_direction_holds_arrives_once_it_is_mended(proxy: Proxy):
    with socket.create_connection(("127.0.0.1", proxy.port), 5) as client:
        proxy.back.held = True
        client.sendall(b"offsets")
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(7)
        proxy.mend()
        client.settimeout(5)
        assert client.recv(7) == b"offsets"


def test_a_cut_ends_connections_and_lets_none_in_until_mended(proxy: Proxy):
    with socket.create_connection(("127.0.0.1", proxy.port), 5) as client:
        client.sendall(b"x")
        assert client.recv(1) == b"x"
        proxy.cut()
        assert client.recv(1) == b""
    with socket.create_connection(("127.0.0.1", proxy.port), 5) as late:
        assert late.recv(1) == b""
    proxy.mend()
    with socket.create_connection(("127.0.0.1", proxy.port), 5) as again:
        again.sendall(b"y")
        assert again.recv(1) == b"y"
