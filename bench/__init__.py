"""Measurements, run on demand: `python -m bench`. Nothing here is timed in the test suite."""
