"""The pipeline as Dagster shows it: assets, jobs, schedules, resources, each a few lines over plain functions.

Here: what Dagster must know. Not here: what is done; everything below can be used without Dagster.
"""
