"""What flows, and what we conclude from it: pure Python, no Kafka, no clock, no disk, no hidden randomness.

    manifests.v1 ─┐         ┌─▶ cases (by itemId) ─────▶ risk ─────▶ decisions.v1, alerts.v1
    outcomes.v1 ──┼▶ intake ┤                             │
    sensors.v1 ───┘    │    └─▶ readings (by device) ──▶ sensors ──▶ alerts.v1
                       ├─▶ feedback.v1                   ▼ labelled examples
                       └─▶ rejected.v1               control (1 partition) ──▶ every shard folds it

State is a fold over a log. Each shard (`streams.log.Shard`) is such a fold over one partition of one topic.
"""
