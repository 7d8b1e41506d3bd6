"""Tests of unite-pipeline: they mirror the package; `bench.py` wires a simulated API to a data directory."""
