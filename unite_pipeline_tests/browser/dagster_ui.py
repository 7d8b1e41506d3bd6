"""Dagster's pages as an operator uses them: where things stand, and what to click.

Here: the UI's addresses, labels and forms, of Dagster 1.13. Not here: what must be seen (`test_…`).
"""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect

GROUPS = ("audio", "lake", "proof", "raw", "report", "warehouse")
SHOWN_MS = 60_000
DONE_MS = 240_000
"""A back-fill or a run is over: Dagster looks at back-fills and sensors every 30 s, and we wait for the budget."""
_LOCATION = "locations/unite_pipeline"
_WIDE, _TALL = 6000, 16000


class DagsterUi:
    """One window on the UI of one installation."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self._address = address

    def open(self, path: str) -> None:
        """Open a page and wait until it has what it asked for."""
        self.page.goto(f"{self._address}/{path}")
        self.page.wait_for_load_state("networkidle")

    # The graph

    def open_lineage(self, selection: str = "", *, is_expanded: bool = False) -> None:
        """The global lineage of the assets selected."""
        chosen = f"~{quote(selection, safe='')}/" if selection else ""
        groups = quote(",".join(f"global@global:{group}" for group in GROUPS))
        self.open(f"asset-groups{chosen}" + (f"?expanded={groups}" if is_expanded else ""))

    def groups_drawn(self) -> list[str]:
        """The groups in the graph, by name."""
        nodes = self.page.locator("svg foreignObject").filter(has=self.page.locator("[aria-label=unfold_more]"))
        expect(nodes.first).to_be_visible(timeout=SHOWN_MS)
        return sorted(nodes.evaluate_all("nodes => nodes.map(node => node.textContent.trim())"))

    def assets_drawn(self, group: str, count: int) -> list[str]:
        """The names of a group's assets in the graph, in a window so large that all are drawn, with names in full."""
        size = self.page.viewport_size
        self.page.set_viewport_size({"width": _WIDE, "height": _TALL})
        self.open_lineage(f'group:"{group}"', is_expanded=True)
        names = self.page.locator("svg foreignObject [data-tooltip]")
        expect(names).to_have_count(count, timeout=SHOWN_MS)
        found = sorted(names.evaluate_all("nodes => nodes.map(node => node.dataset.tooltip)"))
        self.page.set_viewport_size(size)
        return found

    def expect_states_drawn(self) -> None:
        """Wait until each asset in the graph shows how it stands."""
        nodes = self.page.locator("svg foreignObject")
        expect(nodes.filter(has_text="Materialized").first).to_be_visible(timeout=SHOWN_MS)
        expect(nodes.filter(has_text="Loading")).to_have_count(0, timeout=SHOWN_MS)

    # Back-fills

    def launch_backfill(self, asset: str, first: date, last: date) -> str:
        """Materialize days of an asset through the dialog on its page; returns the back-fill's id."""
        self.open(f"assets/{asset}")
        self.page.get_by_role("button", name="Materialize").first.click()
        dialog = self._dialog("Launch runs to materialize")
        days = dialog.get_by_role("textbox").first
        days.fill(f"[{first}...{last}]")
        days.press("Enter")
        expect(dialog.get_by_text(f"{(last - first).days + 1} partitions", exact=True)).to_be_visible()
        dialog.get_by_role("button", name="Launch backfill").click()
        self._follow_toast()
        return re.search(r"/runs/b/(\w+)", self.page.url)[1]

    def open_backfill(self, backfill: str) -> None:
        """The page of a back-fill."""
        self.open(f"runs/b/{backfill}")

    def expect_backfill(self, status: str, numbers: list[str]) -> None:
        """Wait until the page of a back-fill of one asset shows this status, and these numbers.

        Args:
            status: the word in the page's head.
            numbers: partitions targeted, in progress, succeeded and failed.
        """
        head = self.page.get_by_text("Status", exact=True).locator("..")
        expect(head).to_contain_text(status, timeout=DONE_MS)
        row = re.compile(r"% completed\s+" + r"\s+".join(numbers))
        expect(self.page.locator("body")).to_contain_text(row, use_inner_text=True, timeout=SHOWN_MS)

    def cancel_backfill(self, backfill: str) -> None:
        """Cancel a back-fill by the menu of its page."""
        self.open_backfill(backfill)
        self.page.locator("button:has([aria-label=expand_more])").first.click()
        self.page.get_by_role("menuitem").filter(has_text="Cancel backfill").click()
        self._dialog("In progress runs").get_by_role("button", name="Cancel backfill").click()

    def open_run_of(self, backfill: str) -> str:
        """The page of the only run of a back-fill; returns the run's id."""
        self.open(f"runs/b/{backfill}?tab=runs")
        runs = {link.get_attribute("href") for link in self.page.locator("a[href^='/runs/']").all()}
        [run] = [found[1] for href in runs if (found := re.fullmatch(r"/runs/([0-9a-f-]{36})", href))]
        self.open_log(run)
        return run

    # Partitions

    def open_partitions(self, asset: str, day: date | None = None) -> None:
        """How each day of an asset stands; with a day, what is told of it."""
        self.open(f"assets/{asset}?view=partitions" + (f"&partition={day}" if day else ""))

    def expect_days(self, state: str, count: str) -> None:
        """Wait until so many days (a regular expression) are in a state."""
        expect(self.page.get_by_text(re.compile(rf"^{state} \({count}\)$")).first).to_be_visible(timeout=DONE_MS)

    # Runs and jobs

    def open_log(self, run: str, words: str = "") -> None:
        """The page of a run; with words, only the lines of its log that hold them."""
        self.open(f"runs/{run}" + (f"?logs={quote(words)}" if words else ""))

    def log_lines(self, words: str) -> list[str]:
        """The lines of a run's log, as far as they are shown, that hold these words."""
        lines = self.page.get_by_text(words)
        expect(lines.first).to_be_visible(timeout=SHOWN_MS)
        return lines.all_inner_texts()

    def run_job(self, job: str) -> None:
        """Start a job of unpartitioned assets or checks by its launchpad, and wait for its success."""
        self.open(f"{_LOCATION}/jobs/{job}/playground")
        self.page.get_by_role("button", name="Launch run").click()
        self.page.wait_for_url(re.compile(r"/runs/[0-9a-f-]{36}"))
        self._expect_success()

    def run_job_for_today(self, job: str) -> None:
        """Start a job of partitioned assets for the newest day, and wait for its success."""
        self.open(f"{_LOCATION}/jobs/{job}")
        self.page.get_by_role("button", name="Materialize all").click()
        confirm, latest = (self.page.get_by_role("button", name=name) for name in ("Confirm", "Latest"))
        expect(confirm.or_(latest).first).to_be_visible()
        if confirm.is_visible():
            confirm.click()
        latest.click()
        self.page.get_by_role("button", name="Launch 1 run").click()
        self._follow_toast()
        self._expect_success()

    def expect_run_of_job(self, job: str) -> None:
        """Wait until a run of a job that something else starts has succeeded."""
        self.open(f"runs?q[]={quote(f'job:{job}')}")
        expect(self.page.get_by_text("Success", exact=True).first).to_be_visible(timeout=DONE_MS)

    def _expect_success(self) -> None:
        expect(self.page.get_by_text("Success", exact=True).first).to_be_visible(timeout=DONE_MS)

    # Assets

    def open_asset(self, asset: str) -> None:
        """The overview of an asset."""
        self.open(f"assets/{asset}")

    def columns_shown(self) -> list[str]:
        """The names of the columns on the overview of an asset."""
        table = self.page.locator("table").filter(has_text="Column name")
        names = table.locator("tbody tr td:first-child")
        expect(names.first).to_be_visible(timeout=SHOWN_MS)
        return [name.split("\n")[0].strip() for name in names.all_inner_texts()]

    def show_plots(self) -> Locator:
        """The plots of an asset's numbers, scrolled to."""
        button = self.page.get_by_text("Plots", exact=True)
        button.click()
        plot = self.page.locator("canvas").first
        expect(plot).to_be_visible(timeout=SHOWN_MS)
        button.evaluate("element => element.scrollIntoView({block: 'start'})")
        return plot

    def open_check(self, asset: str, check: str) -> Locator:
        """One check of an asset; returns what its page says."""
        self.open(f"assets/{asset}?view=checks&checkDetail={check}")
        expect(self.page.get_by_text("Passed", exact=True).first).to_be_visible(timeout=SHOWN_MS)
        return self.page.locator("body")

    # Automation

    def stop_schedules(self, *names: str) -> None:
        """Switch schedules off."""
        self.open("automation")
        for name in names:
            link = self.page.locator(f"a[href$='/schedules/{name}']").first
            row = link.locator("xpath=ancestor::*[.//label[contains(@class, 'formatSwitch')]][1]")
            switch = row.locator("label[class*=formatSwitch]")
            expect(switch.locator("input")).to_be_checked()
            switch.click()
            expect(switch.locator("input")).not_to_be_checked()

    def fold_navigation(self) -> None:
        """Make room: show the navigation as symbols only."""
        self.page.get_by_text("Hide navigation").click()

    def _dialog(self, words: str) -> Locator:
        return self.page.locator("[aria-modal=true]").filter(has_text=words)

    def _follow_toast(self) -> None:
        # A link where it leads to a page, a button where it acts: Dagster has both.
        view = self.page.get_by_role("link", name="View", exact=True)
        view.or_(self.page.get_by_role("button", name="View", exact=True)).first.click()
        self.page.wait_for_url(re.compile(r"/runs/"))
        self.page.wait_for_load_state("networkidle")
