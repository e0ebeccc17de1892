"""A local Apache Kafka: one KRaft node on loopback, for demonstrations, tests and development."""

from agents.broker.node import Node, free_port, local

__all__ = ["Node", "free_port", "local"]
