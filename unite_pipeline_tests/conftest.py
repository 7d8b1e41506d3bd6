"""What all tests share: the order they run in."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put tests that start processes first: begun last, one of two workers would wait for the other's long file."""
    items.sort(key=lambda item: item.get_closest_marker("processes") is None)
