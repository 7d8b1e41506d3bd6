"""Back-fills as an operator starts, watches and cancels them in the UI, in a real browser.

The documents' pictures are taken here (`make pictures`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from unite_pipeline.defs import raw
from unite_pipeline.lake.tables import TABLES
from unite_pipeline.warehouse.model import WAREHOUSE_TABLES
from unite_pipeline_tests.browser.dagster_ui import GROUPS, DagsterUi
from unite_pipeline_tests.browser.serving import CLOSED_DAYS, Operated, operated
from unite_pipeline_tests.end_to_end.asked import asked_of_calls, days_of_form, proven
from unite_pipeline_tests.end_to_end.installation import days_ago
from unite_pipeline_tests.end_to_end.truth import assert_calls_equal_truth

CALLS = "raw/cdr_logs"
SCHEDULES = ("hourly", "nightly", "weekly")
ALL = str(CLOSED_DAYS)
WAITS_S = 30.0
"""Long enough to see a back-fill half done."""
WAITS_LONG_S = 100.0
"""Dagster hears of a cancelling within 30 s: it comes while the second half waits."""
SETTLED_AGO = 4
"""Before the look-back: younger days are counted once more by every run, whatever is proven."""
PLANNED = (
    rf"cdr_logs: planned: {ALL} days to read, 0 to count; about \d+ requests, \d+ calls, \d+\.\d minutes of waiting"
)
AROUND_CALLS = " or ".join(
    f'key:"{key}"'
    for key in (
        CALLS,
        *(f"{layer}/{name}" for layer in ("lake", "warehouse") for name in ("calls", "call_legs", "coverage")),
    )
)
GRAPH = {"x": 380, "y": 165, "width": 1160, "height": 960}
"""Where the graph is in a window that is large enough for what each asset tells of itself."""


def test_sixty_days_are_back_filled(tmp_path: Path, page: Page, picture: Callable[..., Path]) -> None:
    """What the UI shows of a back-fill of 60 days, from the graph to its success, is so: its rows are in the warehouse.

    The schedules are switched off in the UI first: the back-fill does not ask for what they have read meanwhile.
    """
    with operated(tmp_path, period_s=WAITS_S) as here:
        ui = DagsterUi(page, here.address)
        ui.stop_schedules(*SCHEDULES)
        assert_all_assets_are_drawn(ui)
        ui.fold_navigation()
        backfill = ui.launch_backfill(CALLS, here.first, here.last)
        ui.open_partitions(CALLS, here.last)
        ui.expect_days("Materialized", r"(?!0\b)\d+")
        ui.expect_days("Materializing", r"(?!0\b)\d+")
        ui.open_partitions(CALLS, here.last)
        picture("backfill-running")
        ui.open_backfill(backfill)
        ui.expect_backfill("Succeeded", [ALL, "0", ALL, "0"])
        run = ui.open_run_of(backfill)
        ui.open_log(run, "days")
        [planned] = [line for line in ui.log_lines("days to read") if "planned" in line]
        assert re.fullmatch(PLANNED, planned)
        picture("run-log", {"x": 0, "y": 0, "width": 1280, "height": 520})
        ui.expect_run_of_job("publish")
        assert_calls_a_day(here)
        assert here.installation.simulator.refused_count == 0
        look_around(ui, here, picture)


def assert_all_assets_are_drawn(ui: DagsterUi) -> None:
    """Every group, and every asset of the three layers, is in the graph."""
    ui.open_lineage()
    assert ui.groups_drawn() == sorted(GROUPS)
    layers = {
        "raw": [key.path[-1] for key in raw.FEED_OF],
        "lake": [table.name for table in TABLES if table.name != "rejected_rows"],
        "warehouse": [table.name for table in WAREHOUSE_TABLES],
    }
    for group, names in layers.items():
        assert ui.assets_drawn(group, len(names)) == sorted(names)


def assert_calls_a_day(here: Operated) -> None:
    """The warehouse has as many calls on each day as the simulated company made, and each is the same."""
    counted = here.installation.query(
        "select call_date, count(*) from calls where call_date between ? and ? group by all", [here.first, here.last]
    )
    calls = here.installation.simulator.truth.calls(here.first, here.last)
    assert dict(counted) == Counter(call.started_at_local.date() for call in calls)
    assert assert_calls_equal_truth(here.installation, here.first, here.last) > 5_000


def look_around(ui: DagsterUi, here: Operated, picture: Callable[..., Path]) -> None:
    """Bring the lists by the job `sync`, run the checks, and see what the pages then tell."""
    ui.run_job_for_today("sync")
    ui.run_job("checks")
    page = ui.open_check("warehouse/calls", "rows_equal_api_counts")
    expect(page).to_contain_text("proven days compared with the API's counts; 0 rejected rows explain differences")
    picture("checks")
    ui.open_asset("warehouse/calls")
    calls = next(table for table in WAREHOUSE_TABLES if table.name == "calls")
    assert ui.columns_shown() == [column.name for column in calls.all_columns]
    picture("asset-calls")
    ui.open_asset(CALLS)
    ui.show_plots()
    picture("plots", {"x": 0, "y": 0, "width": 1280, "height": 400})
    ui.page.set_viewport_size({"width": 1600, "height": 1280})
    ui.open_lineage(AROUND_CALLS, is_expanded=True)
    ui.expect_states_drawn()
    picture("lineage", GRAPH)


def test_cancelled_half_way_and_started_again(tmp_path: Path, page: Page) -> None:
    """A back-fill that is cancelled in the UI half-way, and started there again, asks for no proven window twice.

    The schedules are switched off in the UI first: they may count days again that are proven. Of pages only the one
    that was under way when the run was told to end may be asked for again.
    """
    with operated(tmp_path, period_s=WAITS_LONG_S) as here:
        installation, ui = here.installation, DagsterUi(page, here.address)
        ui.stop_schedules(*SCHEDULES)
        backfill = ui.launch_backfill(CALLS, here.first, here.last)
        ui.open_partitions(CALLS)
        ui.expect_days("Materialized", r"(?!0\b)\d+")
        ui.cancel_backfill(backfill)
        done = proven(installation)
        assert 0 < len(done) < CLOSED_DAYS
        ui.expect_backfill("Canceled", [ALL, "0", str(len(done)), str(CLOSED_DAYS - len(done))])
        assert proven(installation) == done
        cancelled_at = len(installation.simulator.requests)
        again = ui.launch_backfill(CALLS, here.first, here.last)
        ui.open_backfill(again)
        ui.expect_backfill("Succeeded", [ALL, "0", ALL, "0"])
        settled = {day for day in done if day <= days_ago(SETTLED_AGO)}
        after = asked_of_calls(installation, cancelled_at)
        assert settled
        assert after
        assert not [form for form in after if days_of_form(form) & settled]
        pages = Counter(
            str(sorted((name, value) for name, value in form.items() if name != "accesstoken"))
            for form in asked_of_calls(installation)
            if form["pagelimit"] != "1"
        )
        assert sum(times - 1 for times in pages.values()) <= 1
        assert len(proven(installation)) == CLOSED_DAYS
        assert installation.simulator.refused_count == 0
