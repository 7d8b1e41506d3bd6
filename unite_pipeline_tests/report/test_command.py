"""`unite-pipeline report`, as somebody types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from unite_pipeline.cli import run
from unite_pipeline.installation import pin
from unite_pipeline.lake.places import Places
from unite_pipeline.settings import load_settings
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


@pytest.mark.parametrize("command", ["report", "rebuild"])
@pytest.mark.parametrize(
    ("name", "value"), [("UNITE_TENANT", "other"), ("UNITE_TIMEZONE", "Europe/Lisbon")], ids=["tenant", "zone"]
)
def test_under_settings_of_another_account(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    name: str,
    value: str,
) -> None:
    """Neither command makes anything of a data directory that was begun with other settings; it names them."""
    pin(load_settings())
    build_warehouse(Places(folder, "main"))
    assert run(["report"]) == 0
    files = [folder / "unite.duckdb", folder / "report" / "index.html"]
    before = [(file.read_bytes(), file.stat().st_mtime_ns) for file in files]
    monkeypatch.setenv(name, value)
    capsys.readouterr()
    assert run([command]) == 2
    told = capsys.readouterr().err
    assert "belongs to another account" in told
    assert f"{name}: this data directory was begun with" in told
    assert [(file.read_bytes(), file.stat().st_mtime_ns) for file in files] == before
