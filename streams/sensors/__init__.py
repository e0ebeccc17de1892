"""What devices say: plausibility, rules for seals, doors and climate, and one anomaly detector per quantity."""
