"""docs/checks.md, made from the catalog: `python -m unite_pipeline.warehouse.checks.document > docs/checks.md`.

Here: the page's words. Not here: what a check is.
"""

from __future__ import annotations

from collections.abc import Iterator

from unite_pipeline.warehouse.checks.catalog import CHECKS, Check

_INTRODUCTION = """\
# Checks

Once a day, and with the job `checks`, these checks look at the published warehouse. Each is SQL whose rows are the
violations (`unite_pipeline/warehouse/checks/sql/`); a failed one says in words how many there are and where, shows the
first ten, its SQL and what to do. None of it holds a phone number or a name.

Nothing waits for them: what would do harm if it went on is stopped earlier. A warehouse with a doubled key is never
published, and the last step of a sync, `proof/sync`, fails where something asked for is not proven. *error* means that
figures are wrong or missing: when all have been looked at, a run of the job `checks` fails with their names and what
to do, which is how it is [told](operations.md#being-told). *warn* means that somebody should look; the run goes well.
Where tables are made by hand their checks run too, are shown beside them, and fail nothing.

The job `checks` runs all of them now, without a request to the API.

This page is made from `unite_pipeline/warehouse/checks/catalog.py`.
"""


def as_markdown() -> str:
    """The whole page."""
    lines = ["| Check | Table | Severity | What it means when it passes | What to do when it fails |"]
    lines += ["|---|---|---|---|---|", *(_line(check, tables) for check, tables in _by_name())]
    limits = ["## Limits", "", "Numbers that are the checks' own; `_s` is seconds.", ""]
    limits += [
        f"- `{check.name}`: {', '.join(f'{name} {value:,}' for name, value in check.limits.items())}"
        for check, _ in _by_name()
        if check.limits
    ]
    return "\n".join([_INTRODUCTION, *lines, "", *limits, ""])


def _by_name() -> Iterator[tuple[Check, str]]:
    """Each check once, with the table or tables it belongs to."""
    seen: dict[str, list[Check]] = {}
    for check in CHECKS:
        seen.setdefault(check.name, []).append(check)
    for checks in seen.values():
        yield checks[0], f"`{checks[0].table}`" if len(checks) == 1 else "every table"


def _line(check: Check, tables: str) -> str:
    return f"| `{check.name}` | {tables} | {check.severity.value} | {check.means} | {check.to_do} |"


if __name__ == "__main__":
    print(as_markdown(), end="")
