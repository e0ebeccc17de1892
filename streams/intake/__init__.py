"""Bytes in, records or coded rejections out; here data quality is judged and personal data ends.

    manifests.v1 ─▶ manifests.py ─┐   reading ─▶ faults ─▶ *_rules ─▶ *_flags ─▶ privacy
    sensors.v1 ───▶ sensors.py ───┼─▶ (bytes     (pydantic (rejects)  (odd, but  (pseudonyms)
    outcomes.v1 ──▶ outcomes.py ──┘    to tree)  to codes)            accepted)

Where do I add a check? A shape: `streams/records/`. A reject across fields: `*_rules.py`. A flag: `*_flags.py`.
The code and its sentence: `streams/records/codes.py`.
"""

from streams.intake.decode import decode_manifest, decode_outcome, decode_sensor_event
from streams.intake.limits import Limits
from streams.intake.shard import IntakeShard

__all__ = ["IntakeShard", "Limits", "decode_manifest", "decode_outcome", "decode_sensor_event"]
