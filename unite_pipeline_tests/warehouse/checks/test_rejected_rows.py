"""Rows that did not fit are told by feed and reason for a day after they came."""

from __future__ import annotations

from datetime import date, timedelta

from unite_pipeline.simulator import ALWAYS, Fault
from unite_pipeline_tests.bench import Bench
from unite_pipeline_tests.warehouse.checks.conftest import PLAN, Checked, built

NAME = "rejected_rows"


def test_good(good: Checked):
    """Where nothing was rejected the check says since when."""
    assert good.run(NAME).says == "0 rejected rows since 2026-10-27 15:00; 0 are kept from before."


def test_rows_that_did_not_fit(tmp_path):
    """Each feed and reason is told in words; a row that comes again with every reading counts once."""
    bench = Bench(tmp_path, plan=PLAN)
    bench.faults.add(Fault("wrong_type", endpoint="listcdrlogs", field="duration", day=date(2026, 10, 28)))
    bench.faults.add(Fault("duplicate_uniqueid", endpoint="listphonebookitems", times=ALWAYS))
    for _ in range(3):
        bench.sync_everything()
        bench.time.pass_time(3600)
    checked = built(bench)
    result = checked.run(NAME)
    assert result.numbers["all_rejections"] > result.violations
    assert result.rows.select(["violations", "feed", "reason"]).to_pylist() == [
        {"violations": 1, "feed": "cdr_logs", "reason": "bad_number"},
        {"violations": 1, "feed": "phonebook", "reason": "duplicate_key"},
    ]
    assert result.findings == (
        "cdr_logs: 1 row (a duration or size that cannot be read), last on 2026-10-28 16:02",
        "phonebook: 1 row (its key came twice; the later one counts), last on 2026-10-28 14:00",
    )
    later = checked.run(NAME, now=checked.facts.now + timedelta(days=2))
    assert later.passed
    assert later.numbers["new_rejections"] == 0
    assert later.numbers["all_rejections"] == result.numbers["all_rejections"]
