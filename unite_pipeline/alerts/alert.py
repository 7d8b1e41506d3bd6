"""What is said: one alert, as a text for people and as fields for programs.

Here: its fields (docs/operations.md, "Being told"). Not here: how it travels (`delivery.py`).
"""

from __future__ import annotations

from enum import Enum
from typing import Any

import msgspec

_MOST_CHARACTERS = 1_000


class Kind(Enum):
    """What an alert is about."""

    FAILED = "failed"
    CANCELED = "canceled"
    WORKING_AGAIN = "working_again"
    TEST = "test"


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One message.

    Args:
        kind: what it is about.
        tenant: whose runs.
        at: when the run ended, UTC, ISO 8601.
        job: the job, with what sets the run apart from others of it.
        run_id: Dagster's id of the run.
        failure: the failure's name, the same for the same fault in another run.
        reason: the sentence that the run ended with.
        to_do: what to do about it.
        repeats: runs that ended the same since the last alert, and were not told.
    """

    kind: Kind
    tenant: str
    at: str
    job: str = ""
    run_id: str = ""
    failure: str = ""
    reason: str = ""
    to_do: str = ""
    repeats: int = 0

    @property
    def subject(self) -> str:
        """The first line."""
        said = {
            Kind.FAILED: f"{self.job} failed: {self.failure}",
            Kind.CANCELED: f"{self.job} was ended by the machine: {self.failure}",
            Kind.WORKING_AGAIN: f"{self.job} is working again",
            Kind.TEST: "this is a test, nothing is wrong",
        }[self.kind]
        return f"[unite-pipeline {self.tenant}] {said}"

    @property
    def text(self) -> str:
        """All of it, for people."""
        lines = [self.subject, self.reason[:_MOST_CHARACTERS]]
        lines += [f"What to do: {self.to_do}"] if self.to_do else []
        lines += [f"It ended so {self.repeats} times more since it was last told"] if self.repeats else []
        lines += [f"Run {self.run_id}, ended at {self.at}"] if self.run_id else []
        return "\n".join(line for line in lines if line)

    def fields(self) -> dict[str, Any]:
        """All of it, for programs; chat programs show `text`."""
        return {"text": self.text, **msgspec.to_builtins(self)}
