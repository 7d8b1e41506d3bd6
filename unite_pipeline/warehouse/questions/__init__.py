"""Twenty questions that analysts and managers of calls ask, each with its SQL: one file a question.

A file opens with the question as a comment, then with what the answer shows; docs/questions.md is made of them.
Here: which there are, and reading them. Not here: what metrics mean (`metrics.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

QUESTIONS = (
    "weeks",
    "missed_by_hour_of_week",
    "worst_days",
    "waiting",
    "targets",
    "never_called_back",
    "calling_back",
    "lost_callers",
    "lines_needed",
    "fullest_minutes",
    "call_flows",
    "own_numbers",
    "load",
    "calling_out",
    "contacts",
    "again_and_again",
    "new_callers",
    "out_of_hours",
    "short_calls",
    "mix",
)
"""In the order of the page."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Args:
        name: of its file.
        asks: the question, as a person asks it.
        shows: what to know of the answer; may be empty.
        sql: the statement.
    """

    name: str
    asks: str
    shows: str
    sql: str


def question(name: str) -> Question:
    """Read a question from its file."""
    lines = resources.files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8").splitlines()
    comments = [line.removeprefix("-- ") for line in lines if line.startswith("-- ")]
    return Question(name, comments[0], " ".join(comments[1:]), "\n".join(lines[len(comments) :]))
