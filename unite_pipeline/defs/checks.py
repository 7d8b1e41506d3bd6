"""The checks as Dagster shows them, beside the warehouse tables they belong to; nothing waits for them.

Here: what a check is told, its result in Dagster's words, the job and the schedule that run all of them without a
request. Not here: the checks (`warehouse/checks/`).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg

from unite_pipeline.defs import raw, warehouse
from unite_pipeline.defs.failures import FAILURE, TO_DO, told
from unite_pipeline.errors import UnitePipelineError
from unite_pipeline.extract import cdr_window
from unite_pipeline.extract.known import FINAL_AFTER
from unite_pipeline.extract.rotation import PERIOD
from unite_pipeline.extract.verdict import BY_TURNS, EVERY
from unite_pipeline.installation import Unite, has_login_token, places_of
from unite_pipeline.settings import Settings
from unite_pipeline.warehouse.checks import CHECKS, Check, CheckResult, Examination, Facts, Rhythm, Severity

if TYPE_CHECKING:  # the class has no public name
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

CHECKS_JOB = "checks"
_SEVERITIES = {Severity.ERROR: dg.AssetCheckSeverity.ERROR, Severity.WARN: dg.AssetCheckSeverity.WARN}


def _spec(check: Check) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(check.name, asset=warehouse.key_of(check.table), description=check.means)


# One step for all: they share the file they look at, and what was read beside it.
@dg.multi_asset_check(name="warehouse_checks", specs=[_spec(check) for check in CHECKS], can_subset=True)
@told
def warehouse_checks(
    context: dg.AssetCheckExecutionContext, unite: dg.ResourceParam[Unite]
) -> Iterator[dg.AssetCheckResult]:
    """Run the checks that were asked for; one that breaks down, or fails, hides no other.

    In the job of the checks an error ends the step as failed once all are shown, since nobody is told of what a run
    that went well has found. Whoever makes tables by hand, which runs their checks too, sees what is found.
    """
    unite.check_account()
    broken: list[str] = []
    wrong: list[CheckResult] = []
    with Examination.of(unite.places, facts_of(unite, context.instance)) as examination:
        for check in CHECKS:
            if _spec(check).key in context.selected_asset_check_keys:
                try:
                    result = examination.run(check)
                except UnitePipelineError as error:
                    broken.append(str(error))
                    continue
                if not result.passed:
                    wrong += [result] if check.severity is Severity.ERROR else []
                    context.log.warning("%s of %s: %s", check.name, check.table, result.says)
                yield shown(result)
    if context.run.job_name != CHECKS_JOB:
        wrong = []
    if broken or wrong:
        raise _failure(broken, wrong)


def _failure(broken: Sequence[str], wrong: Sequence[CheckResult]) -> dg.Failure:
    """What ends the step, where checks broke down or found an error: each by name, and what to do about it."""
    texts, names, to_do = [], [], []
    if broken:
        texts.append(f"{len(broken)} checks could not be run: {' | '.join(broken)}")
        names.append("checks could not be run")
        to_do.append("Run `unite-pipeline rebuild`, and report it if it stays")
    if wrong:
        found = " | ".join(f"{each.check.name} of {each.check.table}: {each.says}" for each in wrong)
        texts.append(f"{len(wrong)} checks failed: {found}")
        names.append(f"checks failed: {', '.join(sorted({each.check.name for each in wrong}))}")
        to_do += [each.check.to_do for each in wrong]
    told_of = {FAILURE: ", ".join(names), TO_DO: " | ".join(dict.fromkeys(to_do))}
    return dg.Failure(" | ".join(texts), metadata=told_of, allow_retries=False)


def facts_of(unite: Unite, instance: dg.DagsterInstance) -> Facts:
    """What the checks of this installation are told."""
    settings = unite.settings
    return Facts(
        now=unite.clock.utc(),
        timezone=settings.timezone,
        start_date=settings.start_date,
        lookback_days=settings.lookback_days,
        final_after=FINAL_AFTER,
        rhythms=(
            Rhythm(cdr_window.FEED, timedelta()),
            *(Rhythm(feed, every) for feed, every in EVERY.items()),
            *(Rhythm(feed, PERIOD, is_by_turns=True) for feed in BY_TURNS),
        ),
        materialized_days=frozenset(
            date.fromisoformat(key) for key in instance.get_materialized_partitions(raw.CDR_LOGS)
        ),
    )


def shown(result: CheckResult) -> dg.AssetCheckResult:
    """A result as Dagster's pages show it."""
    check = result.check
    return dg.AssetCheckResult(
        asset_key=warehouse.key_of(check.table),
        check_name=check.name,
        passed=result.passed,
        severity=_SEVERITIES[check.severity],
        description=result.says,
        metadata=_metadata(result),
    )


def _metadata(result: CheckResult) -> Mapping[str, Any]:
    numbers = {name: _plain(value) for name, value in result.numbers.items() if value is not None}
    rows = [dg.TableRecord({name: _plain(held) for name, held in row.items()}) for row in result.rows.to_pylist()]
    return {
        "violations": result.violations,
        "looked_at": result.summary,
        **numbers,
        **({"first_violations": dg.MetadataValue.table(rows)} if rows else {}),
        "what_it_means": result.check.means,
        "what_to_do": result.check.to_do,
        "sql": dg.MetadataValue.md(f"```sql\n{result.sql}\n```"),
    }


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, date) else value


def build_checks_job() -> "UnresolvedAssetJobDefinition":
    """All checks, now, without a request to the API."""
    return dg.define_asset_job(
        CHECKS_JOB,
        selection=dg.AssetSelection.all_asset_checks(),
        description="Looks at the published warehouse, without a request to the API",
    )


def build_daily_checks(settings: Settings) -> dg.ScheduleDefinition:
    """A look at the warehouse each morning, also where no sync came to its end: only so can freshness tell of that."""
    status = dg.DefaultScheduleStatus.RUNNING if has_login_token(settings) else dg.DefaultScheduleStatus.STOPPED

    @dg.schedule(
        name="daily_checks",
        job_name=CHECKS_JOB,
        cron_schedule="35 7 * * *",
        execution_timezone=settings.timezone,
        default_status=status,
        description="All checks once a day, whether or not a sync has run",
    )
    def daily_checks(_context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if not places_of(settings).warehouse.exists():
            return dg.SkipReason("There is no warehouse to check yet")
        return dg.RunRequest()

    return daily_checks
