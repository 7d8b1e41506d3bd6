"""How many recordings are matched, and how many rightly, by what the simulator knows and the API does not tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from unite_pipeline_tests.warehouse.matching.companies import COMPANIES, Measured, measured, table

PAGE = Path(__file__).parents[3] / "docs" / "recordings.md"
ENOUGH = dict.fromkeys(COMPANIES, (0.99, 0.97)) | {"hard": (0.99, 0.95), "very hard": (0.99, 0.7)}
"""Precision and recall. Hard companies' recall is less by design: what is empty or gives little evidence stays weak."""


@pytest.fixture(scope="module", params=COMPANIES)
def company(request: pytest.FixtureRequest) -> tuple[str, Measured]:
    """One kind of company and what came of its recordings."""
    return request.param, measured(COMPANIES[request.param])


def test_precision_and_recall(company):
    """Strong matches are right, and most recordings whose call is there have one."""
    name, found = company
    precision, recall = ENOUGH[name]
    assert found.matches.total() == found.recordings
    assert found.precision >= precision
    assert found.recall >= recall


def test_figures_of_the_documentation(company):
    """docs/recordings.md has these figures; companies.py prints them again."""
    assert list(table(dict([company])))[-1] in PAGE.read_text().splitlines()
