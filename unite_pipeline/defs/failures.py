"""What ends a step, in the words that an operator needs: one sentence, and beside it where, what, and what to do.

Here: errors of ours, and of the disk, as failures of Dagster that nobody retries: the client has done so already. Not
here: which errors there are (`errors.py`), what is told outside Dagster (`alerts.py`).
"""

from __future__ import annotations

import errno
import functools
import inspect
import logging
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import dagster as dg

from unite_pipeline.defs.vendor import ASKED
from unite_pipeline.errors import ApiError, AuthenticationError, PermanentApiError, UnitePipelineError

log = logging.getLogger(__name__)

FAILURE, TO_DO = "failure", "to_do"
"""Metadata of a failure: its name, the same for the same fault in another run; and what to do about it."""
_FEED_OF = {endpoint.path: feed for feed, endpoints in ASKED.items() for endpoint in endpoints}
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_NO_LEAVE = (errno.EACCES, errno.EPERM, errno.EROFS)


def told(function: Callable[..., Any]) -> Callable[..., Any]:
    """The body of an asset, with what it raises told in an operator's words."""
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def steps(*arguments: Any, **named: Any) -> Iterator[Any]:
            with telling():
                yield from function(*arguments, **named)

        return steps

    @functools.wraps(function)
    def step(*arguments: Any, **named: Any) -> Any:
        with telling():
            return function(*arguments, **named)

    return step


@contextmanager
def telling() -> Iterator[None]:
    """Turn what the body raises into a failure that says what to do; faults of ours pass as they are.

    Raises:
        dg.Failure: in place of an error of ours or of the disk.
    """
    try:
        yield
    except (UnitePipelineError, OSError) as error:
        failure = _of_disk(error) if isinstance(error, OSError) else _of_ours(error)
        if failure is None:
            raise
        log.debug("%s at\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
        # `from None`: what an error was made of may be somebody else's, with a row in its text.
        raise failure from None


def not_proven(text: str, faults: Sequence[str], errors: Sequence[ApiError], metadata: dict[str, Any]) -> dg.Failure:
    """The failure of what could not be proven.

    Args:
        text: the sentence, unless the login was refused.
        faults: what is not proven, a sentence a feed that begins with the feed.
        errors: those that requests ended with; the one that says most is told beside the text.
        metadata: what else is known.
    """
    refusal = next((error for error in errors if isinstance(error, AuthenticationError)), None)
    if refusal is not None:  # it stands in the faults of every feed: once is enough
        description = f"{refusal}. Nothing more was asked; what is here is kept"
        name = AuthenticationError.__name__
    else:
        description = text
        name = f"not proven: {', '.join(sorted({fault.partition(':')[0] for fault in faults}))}"
    told_of = _metadata_of(errors)
    return dg.Failure(
        description,
        metadata={
            **metadata,
            TO_DO: UnitePipelineError.to_do,
            **told_of,
            FAILURE: name,
            "not_proven": "\n".join(faults),
        },
        allow_retries=False,
    )


def without_days(what: str) -> dg.Failure:
    """The failure of a run that needs days and has none.

    Args:
        what: what did not happen, therefore.
    """
    to_do = "Choose partitions in the launchpad, or use `sync`"
    told_of = {FAILURE: "no days", TO_DO: to_do}
    return dg.Failure(f"This run has no days, so {what}. {to_do}", metadata=told_of, allow_retries=False)


def _of_ours(error: UnitePipelineError) -> dg.Failure:
    metadata = _metadata_of([error]) if isinstance(error, ApiError) else {}
    told_of = {FAILURE: type(error).__name__, TO_DO: error.to_do, **metadata}
    return dg.Failure(str(error), metadata=told_of, allow_retries=False)


def _of_disk(error: OSError) -> dg.Failure | None:
    if error.errno is None or isinstance(error, ConnectionError):
        return None
    where = error.filename or "no file is named"
    if error.errno in _NO_ROOM:
        name, text = "disk full", f"The disk is full: {where} could not be written"
        to_do = "Make room on the disk of UNITE_DATA_DIR. What came is kept, and the next run goes on"
    elif error.errno in _NO_LEAVE:
        name, text = "no permission", f"{error.strerror}: {where} could not be used"
        to_do = (
            "Give the data directory back to the user that runs this, and look whether its disk is mounted read-only"
        )
    else:
        name, text = "disk", f"{error.strerror}: {where} could not be used"
        to_do = "Check UNITE_DATA_DIR and its disk"
    return dg.Failure(f"{text}. {to_do}", metadata={FAILURE: name, TO_DO: to_do}, allow_retries=False)


def _metadata_of(errors: Sequence[ApiError]) -> dict[str, Any]:
    """The error that says most, permanent ones first, and all of them as a table."""
    if not errors:
        return {}
    most = next((error for error in errors if isinstance(error, PermanentApiError)), errors[-1])
    facts = {
        "feed": _FEED_OF.get(most.endpoint),
        "endpoint": most.endpoint,
        "http_status": most.http_status,
        "error_code": most.error_code,
        TO_DO: most.to_do,
    }
    rows = sorted({_row(error) for error in errors})
    columns = ("error", "endpoint", "http_status", "error_code")
    table = [dg.TableRecord(dict(zip(columns, row, strict=True))) for row in rows]
    return {
        **{name: value for name, value in facts.items() if value is not None},
        "api_errors": dg.MetadataValue.table(table),
    }


def _row(error: ApiError) -> tuple[str, str, str, str]:
    code = "" if error.error_code is None else str(error.error_code)
    return type(error).__name__, error.endpoint, str(error.http_status or ""), code
