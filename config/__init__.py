"""What can be configured: `settings.py` says what, `default.toml` says how it is set out of the box and why."""
