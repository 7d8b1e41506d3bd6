"""The checks as data: which table, how bad, what it means, what to do.

Here: one entry a check; `docs/checks.md` is made from it (`document.py`). Not here: the SQL, which is `sql/<name>.sql`
(the violations) and `sql/<name>_numbers.sql` (what was looked at).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from unite_pipeline.lake.tables import (
    CALL_LEGS,
    CALLS,
    COVERAGE,
    RECORDING_EXTENSIONS,
    RECORDINGS,
    REJECTED_ROWS,
)
from unite_pipeline.warehouse.matching import RECORDING_CALLS
from unite_pipeline.warehouse.model import STORED_TABLES


class Severity(Enum):
    """How bad a violation is. Neither stops anything: what would do harm is not published in the first place."""

    ERROR = "error"  # figures of the warehouse are wrong or missing
    WARN = "warn"  # somebody should look, figures stand


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Args:
        name: as Dagster, the SQL files and the documentation call it.
        table: the warehouse table it belongs to.
        severity: of a violation.
        means: what is so when it passes, in one sentence.
        failing: how a failed result begins, before the number of violations.
        to_do: what an operator does about a violation.
        evidence: tables that the warehouse has not, by the names that SQL knows them by (`evidence.py`).
        steps: SQL files that are made into temporary tables first.
        limits: numbers of its own that the SQL takes as parameters; seconds where the name says so.
        key: of the table, for the check of keys.
        shown: violations that a result shows.
    """

    name: str
    table: str
    severity: Severity
    means: str
    failing: str
    to_do: str
    evidence: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    shown: int = 10


STALE_AFTER_S = 26 * 3600
"""A day and two hours: whoever syncs once a day is not told of every late start. As `unite-pipeline status` has it."""

CHECKS = (
    Check(
        name="coverage_without_holes",
        table=COVERAGE.name,
        severity=Severity.ERROR,
        means="Every local day from UNITE_START_DATE to yesterday is proven complete by the API's own counts.",
        failing="Days that are not proven complete",
        to_do="Run `unite-pipeline sync`: it asks for every day that is not proven. A day that stays open after two "
        "syncs does not agree with the API's own count: the reason stands beside it; ask the provider.",
        limits={"stale_after_s": STALE_AFTER_S},
    ),
    Check(
        name="rows_equal_api_counts",
        table=CALLS.name,
        severity=Severity.ERROR,
        means="On every proven day the warehouse shows as many calls as the API counted, less the rows that stand in "
        "rejected_rows instead; and no reading is called complete whose counts differ.",
        failing="Calls too many or too few",
        to_do="Read those days again: `unite-pipeline sync --from DAY --to DAY`. If the difference stays, "
        "`unite-pipeline rebuild` makes lake and warehouse again from the raw layer; if that does not help, report it.",
        evidence=("day_readings",),
        steps=("compared_days",),
    ),
    *(
        Check(
            name="keys_unique",
            table=table.name,
            severity=Severity.ERROR,
            means="No key stands in two rows of the table.",
            failing="Keys that stand in more than one row",
            to_do="A build that finds this is not published, so the file was changed afterwards or by other hands: "
            "`unite-pipeline rebuild` makes lake and warehouse again from the raw layer.",
            key=("tenant", *table.key),
        )
        for table in STORED_TABLES
    ),
    Check(
        name="legs_belong_to_calls",
        table=CALL_LEGS.name,
        severity=Severity.ERROR,
        means="Every leg belongs to a call of the same day, and every call has as many legs as it says.",
        failing="Legs without a call, or calls with another number of legs",
        to_do="`unite-pipeline rebuild` makes lake and warehouse again from the raw layer, without one request. If "
        "that does not help, report it.",
    ),
    Check(
        name="recordings_belong_to_extensions",
        table=RECORDING_EXTENSIONS.name,
        severity=Severity.WARN,
        means="Every recording is listed by an extension, every listing has its recording, and every extension that "
        "lists one is known, deleted ones included.",
        failing="Recordings and extensions that do not find each other",
        to_do="An unknown extension comes with the next complete list of extensions; if it does not, look for it in "
        "rejected_rows. For anything else `unite-pipeline rebuild`, and report it if that does not help.",
    ),
    Check(
        name="freshness",
        table=COVERAGE.name,
        severity=Severity.ERROR,
        means="Every feed was read complete as lately as its rhythm asks for, and a day and two hours besides.",
        failing="Feeds that are out of date",
        to_do="See the last runs in Dagster and whether the schedule `hourly` is on; `unite-pipeline status` and "
        "`unite-pipeline doctor` say more. A feed that was tried and not read complete has its reason in coverage.",
        evidence=("feeds", "readings"),
        steps=("feed_ages",),
    ),
    Check(
        name="late_arrivals",
        table=CALLS.name,
        severity=Severity.WARN,
        means="No call came so late that its day was out of the look-back; shows how late calls come, so that the "
        "look-back can be judged.",
        failing="Calls that came later than the look-back covers",
        to_do="Set UNITE_LOOKBACK_DAYS to the look-back that would have sufficed, and read the days before once again: "
        "`unite-pipeline sync --from DAY --to DAY`.",
        evidence=("day_readings",),
        steps=("arrivals",),
        limits={"watched_within_s": 2 * 3600, "since_days": 30},
    ),
    Check(
        name="schema_drift",
        table=CALLS.name,
        severity=Severity.WARN,
        means="The API sends no field and no code that this version does not know, and every field that it reads. Of "
        "extensions only the fields on a list are kept, so that a new one cannot be seen.",
        failing="Fields and codes that this version does not know, or misses",
        to_do="Nothing is lost: but for extensions the raw layer keeps every field. Update unite-pipeline, or report "
        "the field or code. A field that is no longer sent leaves its column empty from now on.",
        evidence=("sent_fields", "known_fields", "known_codes"),
        limits={"since_days": 30},
    ),
    Check(
        name="rejected_rows",
        table=REJECTED_ROWS.name,
        severity=Severity.WARN,
        means="Since yesterday no row came that did not fit its contract.",
        failing="Rows that did not fit",
        to_do="Look at them: `select feed, reason, row from rejected_rows order by fetched_at desc` (they hold "
        "personal data). They are kept, and not in the other tables; report reasons that come again.",
        limits={"new_within_s": STALE_AFTER_S},
    ),
    Check(
        name="time_zone_self_test",
        table=RECORDINGS.name,
        severity=Severity.WARN,
        means="Recordings, whose times carry an offset, begin when their calls were answered: so the API's times of "
        "calls are in UNITE_TIMEZONE.",
        failing="Months in which the times of calls and recordings do not fit together",
        to_do="Ask the provider for the zone of the API's times. If it is not UNITE_TIMEZONE, set that and name "
        "another folder in UNITE_DATA_DIR, since a data directory keeps its zone, and sync again.",
        steps=("recorded_calls",),
        # Calibrated as domain notes on matching say: unique pairs only. No zone differs by less than a quarter.
        limits={
            "recent_days": 60,
            "fewest_pairs": 20,
            "largest_offset_s": 15 * 60,
            "farthest_s": 14 * 3600,
            "shortest_talk_s": 10,
        },
    ),
    Check(
        name="recordings_matched",
        table=RECORDING_CALLS.name,
        severity=Severity.WARN,
        means="At least nine in ten recordings of a month's proven days have a certain call; empty ones do not count.",
        failing="Recordings without a certain call",
        to_do="See the reasons in unmatched_recordings and what recording_clock found out (docs/recordings.md). Where "
        "most have no call at all, look at time_zone_self_test first.",
        limits={"recent_days": 60, "fewest_recordings": 20, "most_unmatched_pct": 10},
    ),
    Check(
        name="dagster_agrees_with_coverage",
        table=COVERAGE.name,
        severity=Severity.WARN,
        means="The days that Dagster shows as materialized for raw/cdr_logs are those that coverage proves.",
        failing="Days on which Dagster and coverage disagree",
        to_do="Coverage is right: it follows from the files. Materialize those partitions of raw/cdr_logs again: what "
        "is proven costs no request, what is not is asked for.",
        evidence=("materialized_days",),
    ),
)
