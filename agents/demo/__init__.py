"""The whole engine for a minute: broker, worker, border traffic, and what an officer would see of it."""

from agents.demo.run import run

__all__ = ["run"]
