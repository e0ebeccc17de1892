"""How many of the schemes that the simulator plants come to light, and how often it cries wolf: `make schemes`."""
