"""One installation, over real HTTP: its sources, and what they count together."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from unite_pipeline.api.endpoints import LIST_SWITCHES
from unite_pipeline.cli.provision import provision_with
from unite_pipeline.extract.audio import sync_audio
from unite_pipeline.extract.call_records import sync_call_records
from unite_pipeline.installation import Unite
from unite_pipeline.settings import Settings
from unite_pipeline.simulator import ALWAYS, Company, Fault, Simulator
from unite_pipeline.simulator.server import Served, serve
from unite_pipeline.transform import SNAPSHOTS_OF, transform_recordings, transform_snapshots
from unite_pipeline_tests.end_to_end.installation import PERIOD_S, days_ago
from unite_pipeline_tests.extract.sounds import FEW, true_sound


@pytest.fixture
def served() -> Iterator[Served]:
    """A company of long talks, on one of the last days: no weekend and no holiday."""
    companies = (Company(replace(FEW, first_day=days_ago(ago), last_day=days_ago(ago))) for ago in range(2, 20))
    company = next(each for each in companies if len(each.day(each.plan.first_day).recordings) > 2)
    with serve(Simulator(company, period_s=PERIOD_S)) as made:
        yield made


@pytest.fixture
def settings(served: Served, tmp_path: Path) -> Settings:
    """An installation on it, with a login token."""
    made = Settings(base_url=served.base_url, data_dir=tmp_path / "data", rate_period_s=PERIOD_S, audio_extensions="*")
    provision_with(made, served.sim.invitation_id)
    return made


def test_audio_counts_with_everything_else(served: Served, settings: Settings) -> None:
    """Both sources share one token, and the requests of both are counted as sent."""
    with Unite(settings) as unite:
        before = len(served.sim.requests)
        unite.source.client.fetch(LIST_SWITCHES)
        unite.begin_run()
        unite.audio_source.client.fetch(LIST_SWITCHES)
        unite.audio_source.client.fetch(LIST_SWITCHES)
        assert [each.endpoint for each in served.sim.requests[before:]] == ["applogin", *["listswitches"] * 3]
        assert (unite.requests_sent, unite.requests_of_run) == (4, 2)
        assert unite.audio_source.requests_sent == 2


def test_audio_over_http(served: Served, settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """Over real HTTP, with connections that are cut and parts that are halved, the sound is the same to the byte."""
    caplog.set_level(logging.INFO)
    with Unite(settings) as unite:
        sync_call_records(unite.source, unite.clock.utc())
        transform_snapshots(unite.places, settings.timezone, SNAPSHOTS_OF["extensions"])
        transform_recordings(unite.places, settings.timezone)
        for name in ("truncated_part", "cut_connection"):
            served.sim.faults.add(Fault(name, "downloadcallrecord", times=ALWAYS, every=3))
        assert unite.note(sync_audio(unite.audio_source, settings.audio_numbers, 1)).has_more
        assert "audio: 0 rows, 1 requests, the next sync goes on" in caplog.messages
        outcome = unite.note(sync_audio(unite.audio_source, settings.audio_numbers, settings.audio_requests))
        recordings = served.sim.truth.recordings()
        assert outcome.is_proven
        assert outcome.received_rows == len(recordings) > 0
        for item in recordings:
            (file,) = unite.places.audio.glob(f"*/{item.callrecordkey}.mp3")
            assert file.read_bytes() == true_sound(item)
