"""What the resource of a run says while it waits."""

from __future__ import annotations

import logging

import pytest

from unite_pipeline.defs.resources import say_wait


@pytest.mark.parametrize(
    ("seconds", "line"),
    [
        (41.7, "The request budget of the account is used up: waiting about 42 s"),
        (None, "Letting a more urgent run go first"),
    ],
    ids=["budget", "urgent"],
)
def test_each_wait_has_its_sentence(seconds, line, caplog, monkeypatch):
    """A wait for the budget is told with its seconds, one for a more urgent run without any."""
    logger = logging.getLogger("unite_pipeline.defs.resources")
    monkeypatch.setattr(logger, "handlers", [caplog.handler])
    monkeypatch.setattr(logger, "propagate", False)
    caplog.set_level(logging.INFO, logger.name)
    say_wait(seconds)
    assert caplog.messages == [line]
