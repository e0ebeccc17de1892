"""What an outsider has: the contract's records, a Kafka client and the `greenlane` command. Nothing of the engine."""
