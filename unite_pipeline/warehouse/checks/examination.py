"""Running checks: the published warehouse, opened read-only, beside the evidence and the shipped SQL.

Here: execution and the words of a result. Not here: which checks there are (`catalog.py`), what Dagster shows.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

import duckdb
import pyarrow as pa

from unite_pipeline.errors import WarehouseError
from unite_pipeline.lake.engine import Limits, connection, failure, statement
from unite_pipeline.lake.places import Places
from unite_pipeline.warehouse.checks.catalog import STALE_AFTER_S, Check
from unite_pipeline.warehouse.checks.evidence import Evidence, Facts

_PACKAGE = "unite_pipeline.warehouse.checks"
_PARAMETER = re.compile(r"\$([a-z_]+)\b")
_COMMENT = re.compile(r"--.*")
_MOST_FINDINGS = 3

Value = str | int | float | bool | date | None
"""What a cell of a result may hold."""
_Parameter = str | int | date | datetime | list[str]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check came to. Nothing in it is personal: days, feeds, tables, reasons, codes, counts.

    Args:
        check: which one.
        violations: how many things are wrong; a finding may stand for many.
        findings: the first of them, in words.
        rows: the same as a table, as many as the check shows.
        summary: what was looked at, in one sentence.
        numbers: what was measured, by name.
        sql: the statement whose rows are the violations, and the values it was run with.
    """

    check: Check
    violations: int
    findings: tuple[str, ...]
    finding_count: int
    rows: pa.Table
    summary: str
    numbers: Mapping[str, Value]
    sql: str

    @property
    def passed(self) -> bool:
        """Nothing is wrong."""
        return self.violations == 0

    @property
    def says(self) -> str:
        """The result as an operator reads it."""
        if self.passed:
            return f"{self.summary}."
        first = "; ".join(self.findings[:_MOST_FINDINGS])
        more = self.finding_count - _MOST_FINDINGS
        rest = f"; and {more} more" if more > 0 else ""
        return f"{self.check.failing}: {self.violations:,}. {first}{rest}. What to do: {self.check.to_do}"


def run_check(places: Places, check: Check, facts: Facts) -> CheckResult:
    """Run one check.

    Raises:
        WarehouseError: there is no warehouse, or it cannot be read.
        LakeError: a manifest or a raw page is unreadable.
    """
    with Examination.of(places, facts) as examination:
        return examination.run(check)


class Examination:
    """The published warehouse, opened read-only for some checks; what they share is made once.

    It keeps the file that stood when it was opened, whatever is published meanwhile.
    """

    def __init__(self, engine: duckdb.DuckDBPyConnection, evidence: Evidence, facts: Facts) -> None:
        self._engine = engine
        self._evidence = evidence
        self._facts = facts
        self._made: set[str] = set()

    @classmethod
    @contextmanager
    def of(cls, places: Places, facts: Facts, *, limits: Limits | None = None) -> Iterator[Self]:
        """Open the warehouse of a data directory.

        Raises:
            WarehouseError: there is none, or it cannot be read.
        """
        if not places.warehouse.exists():
            message = "There is no warehouse to check yet: run `unite-pipeline sync`"
            raise WarehouseError(message)
        spill = places.root / f".checks.{os.getpid()}.spill"
        try:
            with connection(limits or Limits(), spill) as engine:
                path = str(places.warehouse).replace("'", "''")
                with _explained("opened"):
                    engine.execute(f"attach '{path}' as warehouse (read_only)")
                    engine.execute("use warehouse")
                    engine.execute(statement(_PACKAGE, "macros"))
                yield cls(engine, Evidence(places, facts, STALE_AFTER_S), facts)
        finally:
            shutil.rmtree(spill, ignore_errors=True)

    def run(self, check: Check) -> CheckResult:
        """Run one check.

        Raises:
            WarehouseError: a statement fails; it names the check.
            LakeError: a manifest or a raw page is unreadable.
        """
        for name in check.evidence:
            if name not in self._made:
                self._engine.register(name, self._evidence.table(name))
                self._made.add(name)
        with _explained(f"checked ({check.name} of {check.table})"):
            for name in check.steps:
                if name not in self._made:
                    sql = statement(_PACKAGE, name)
                    self._engine.execute(f"create temp table {name} as {sql}", self._values(check, sql))
                    self._made.add(name)
            found = self._query(check, check.name)
            measured = self._query(check, f"{check.name}_numbers").to_pylist()[0]
        return self._result(check, found, measured)

    def _query(self, check: Check, name: str) -> pa.Table:
        sql = statement(_PACKAGE, name)
        return self._engine.sql(sql, params=self._values(check, sql)).to_arrow_table()

    def _result(self, check: Check, found: pa.Table, measured: dict[str, Value]) -> CheckResult:
        sql = statement(_PACKAGE, check.name)
        values = [f"-- ${name} = {value}" for name, value in self._values(check, sql).items()]
        return CheckResult(
            check=check,
            violations=sum(found["violations"].to_pylist()),
            findings=tuple(found["finding"].slice(0, check.shown).to_pylist()),
            finding_count=found.num_rows,
            rows=found.drop_columns(["finding"]).slice(0, check.shown),
            summary=str(measured.pop("summary")),
            numbers=measured,
            sql="\n".join([sql.rstrip(), *values]),
        )

    def _values(self, check: Check, sql: str) -> dict[str, _Parameter]:
        """The values of the parameters that a statement names."""
        facts, limits = self._facts, check.limits
        known: dict[str, _Parameter] = {
            "now": facts.now,
            "timezone": facts.timezone,
            "first_day": facts.start_date,
            "last_day": facts.last_day,
            "today": facts.today,
            "lookback_days": facts.lookback_days,
            "final_after_s": int(facts.final_after.total_seconds()),
            "since": facts.now - timedelta(days=limits.get("since_days", 0)),
            "recent_day": facts.today - timedelta(days=limits.get("recent_days", 0)),
            "new_since": facts.now - timedelta(seconds=limits.get("new_within_s", 0)),
            "table": check.table,
            "key": list(check.key),
            **limits,
        }
        return {name: known[name] for name in dict.fromkeys(_PARAMETER.findall(_COMMENT.sub("", sql)))}


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """Turn an engine's error into one of ours, without its text, which may quote a row."""
    try:
        yield
    except duckdb.Error as error:
        message = (
            f"The warehouse could not be {what} ({failure(error)}). `unite-pipeline rebuild` makes it again from the "
            "raw layer, without one request."
        )
        raise WarehouseError(message) from None
