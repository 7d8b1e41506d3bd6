"""Where files stand under the data directory, and how they get there: written aside, checked, replaced at once.

Here: places, durable writing, raw reads and their manifests, lake partitions, kernel locks. Not here: what the rows
mean (`transform/`), what to ask for (`extract/`).
"""
