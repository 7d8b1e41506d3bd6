"""Telling somebody outside Dagster that runs fail, and that they work again (docs/operations.md).

Here: what is said, to whom, how often. Not here: which runs failed and why (`defs/alerts.py`). Nothing personal and
nothing secret stands in an alert.
"""
