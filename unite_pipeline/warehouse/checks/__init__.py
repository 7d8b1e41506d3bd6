"""Checks that an operator trusts: SQL whose rows are the violations, over the published warehouse.

Here: the checks as data (`catalog.py`), their SQL (`sql/`), what they need besides the warehouse (`evidence.py`), and
running them (`examination.py`). Not here: Dagster (`defs/checks.py`); nothing here changes anything.
"""

from unite_pipeline.warehouse.checks.catalog import CHECKS, Check, Severity
from unite_pipeline.warehouse.checks.evidence import Facts, Rhythm
from unite_pipeline.warehouse.checks.examination import CheckResult, Examination, run_check

__all__ = ["CHECKS", "Check", "CheckResult", "Examination", "Facts", "Rhythm", "Severity", "run_check"]
