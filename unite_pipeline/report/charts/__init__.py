"""The charts of the report, one function each: from the rows of its SQL file to a figure.

Here: which there are and in which chapter. Not here: words (`texts.toml`), shapes (`drawing.py`), page (`page.py`).
"""

from __future__ import annotations

from collections.abc import Callable

from unite_pipeline.report.charts.capacity import lines, talk_times
from unite_pipeline.report.charts.certainty import proof
from unite_pipeline.report.charts.distribution import call_flows, extensions, recording_coverage
from unite_pipeline.report.charts.reach import missed_callers, reachability, ring_times
from unite_pipeline.report.charts.when import days, mix, weekday_and_hour
from unite_pipeline.report.figure import Figure, Request

Chart = Callable[[Request], Figure | None]

CHAPTERS: dict[str, tuple[Chart, ...]] = {
    "when": (days, weekday_and_hour, mix),
    "reach": (reachability, ring_times, missed_callers),
    "capacity": (lines, talk_times),
    "distribution": (call_flows, extensions, recording_coverage),
    "certainty": (proof,),
}
"""By the name of a chapter, in the order of the page; a chart that the warehouse has no table for gives None."""

__all__ = ["CHAPTERS", "Chart"]
