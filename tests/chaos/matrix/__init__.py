"""The fault matrix: each row a fault done to real workers and a real broker, and what must hold all the same."""

from tests.chaos.matrix import brokers, logs, networks, records, workers
from tests.chaos.matrix.row import ROWS, Outcome, Row, play, together

__all__ = ["ROWS", "Outcome", "Row", "brokers", "logs", "networks", "play", "records", "together", "workers"]
