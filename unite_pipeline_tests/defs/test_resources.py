"""What the resource of a run says while it waits."""

from __future__ import annotations

import logging

import pytest

from unite_pipeline.defs.resources import say_wait


class Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.mark.parametrize(
    ("seconds", "line"),
    [
        (41.7, "The request budget of the account is used up: waiting about 42 s"),
        (None, "Letting a more urgent run go first"),
    ],
    ids=["budget", "urgent"],
)
def test_each_wait_has_its_sentence(seconds, line):
    """A wait for the budget is told with its seconds, one for a more urgent run without any."""
    logger, heard = logging.getLogger("unite_pipeline.defs.resources"), Heard()
    logger.addHandler(heard)
    level = logger.level
    logger.setLevel(logging.INFO)
    try:
        say_wait(seconds)
    finally:
        logger.removeHandler(heard)
        logger.setLevel(level)
    assert heard.lines == [line]
