"""From the gateways of others to `sensors.v1`, live: MQTT at one end, Kafka at the other, at least once in between."""
