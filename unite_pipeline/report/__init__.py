"""The report: the warehouse's figures as one page for people who do not open databases.

Here: its queries, words, drawings and page. Not here: any figure that the warehouse does not have already; a metric is
taken by the formula of the catalogue.
"""

from unite_pipeline.report.build import Report, build_report

__all__ = ["Report", "build_report"]
