"""Benches for the tests of `extract/`: each test gets data directories of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from unite_pipeline_tests.bench import Bench


@pytest.fixture
def make_bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Make benches, each on a data directory of its own."""
    made: list[Bench] = []

    def make(**how: object) -> Bench:
        bench = Bench(tmp_path / f"data{len(made)}", **how)  # type: ignore[arg-type]
        made.append(bench)
        return bench

    yield make
    for each in made:  # pytest keeps folders of past runs, and sound is large
        shutil.rmtree(each.places.audio, ignore_errors=True)


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    """A small company on the afternoon of Wednesday 28 October 2026; its calls begin on the 20th."""
    return make_bench()
