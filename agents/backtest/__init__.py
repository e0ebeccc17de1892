"""History replayed through the engine: what it would have scored, chosen, learnt and missed."""
