"""The month is played once for all tests that look at it."""

from __future__ import annotations

import pytest

from unite_pipeline_tests.history.scenario import Month, play

SEED = 22


@pytest.fixture(scope="session")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """October 2026 at a company of twenty telephones; the clocks change on the 25th."""
    return play(tmp_path_factory.mktemp("month") / "data", SEED)
