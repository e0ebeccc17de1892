"""The Numenta Anomaly Benchmark on our detector, scored as its authors score: `python -m tests.nab`."""
