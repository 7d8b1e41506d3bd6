"""`unite-pipeline report`, as somebody types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from unite_pipeline.cli import run
from unite_pipeline.lake.places import Places
from unite_pipeline.warehouse import build_warehouse


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory, named in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UNITE_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def test_it_says_where(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It makes the report, whether there is one or not, and says where it stands; with -q it says nothing."""
    build_warehouse(Places(folder, "main"))
    path = folder / "report" / "index.html"
    assert run(["report"]) == 0
    assert capsys.readouterr().out == f"Report: {path}\n"
    path.write_text("another")
    assert run(["-q", "report"]) == 0
    assert capsys.readouterr().out == ""
    assert path.read_text() != "another"


def test_without_a_warehouse(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a warehouse the exit code is 1 and one line says what to do."""
    assert run(["report"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "`unite-pipeline sync` makes it" in told
