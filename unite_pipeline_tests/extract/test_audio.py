"""The feed audio: every byte, once, whatever goes wrong; and nothing where it is off."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from threading import Barrier
from urllib.parse import parse_qs

import pytest

from unite_pipeline.api.client import MAX_ATTEMPTS
from unite_pipeline.api.pacing import Rate
from unite_pipeline.api.transport import Answer, Transport
from unite_pipeline.extract.audio import BAD_IN_A_ROW, PARTS_A_LINE, sync_audio
from unite_pipeline.extract.audio_download import RESERVE_BYTES, TRIES
from unite_pipeline.extract.source import FeedOutcome
from unite_pipeline.extract.wanted_audio import ASK_AGAIN_AFTER
from unite_pipeline.lake.audio import audio_file
from unite_pipeline.simulator import ALWAYS, Fault
from unite_pipeline.simulator.protocol.recordings import audio_part
from unite_pipeline_tests.bench import Bench
from unite_pipeline_tests.extract.landed import Dying, ProcessKilledError, everything_on_disk
from unite_pipeline_tests.extract.sounds import (
    ALL,
    DAY,
    FEW,
    MANY,
    NEXT_DAY,
    TALKATIVE,
    asked,
    audio_source,
    download,
    learn,
    left_overs,
    parts_of,
    sidecars,
    sounds,
    standing_parts,
    true_sound,
    true_sounds,
)

DOWNLOAD = "downloadcallrecord"
HOUR_S = 3600.0


@pytest.fixture
def bench(make_bench) -> Bench:
    """Nine recordings in thirteen parts, their metadata known."""
    return learned(make_bench)


def learned(make_bench, plan=TALKATIVE, **how) -> Bench:
    """A bench on which the metadata of all recordings is known."""
    bench = make_bench(plan=plan, now=NEXT_DAY, **how)
    learn(bench)
    return bench


def newest_first(bench: Bench) -> list[str]:
    """Keys of all recordings, the newest one first."""
    return [item.callrecordkey for item in reversed(bench.simulator.truth.recordings())]


@dataclass
class Damaging:
    """A transport that changes the sound of one recording on its way."""

    inner: Transport
    key: str
    change: Callable[[bytes], bytes]

    def send(self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float) -> Answer:
        answer = self.inner.send(url, headers, body, timeout_s)
        is_hit = parse_qs(body.decode()).get("callrecordkey") == [self.key]
        return replace(answer, body=self.change(answer.body)) if is_hit else answer


class TestEveryByte:
    """Audio is byte-equal, and each part is asked for once."""

    def test_of_every_recording(self, bench):
        """All sounds are those of the simulator to the byte, for one request a part; a shared recording comes once."""
        outcome, requests = download(bench)
        assert any(len(item.extension_ids) == 2 for item in bench.simulator.truth.recordings())
        assert sounds(bench) == true_sounds(bench)
        assert sorted((each.key, each.part) for each in requests) == sorted(parts_of(bench))
        assert len(requests) == 13
        assert outcome == FeedOutcome("audio", 13, 9, is_proven=True)
        assert left_overs(bench) == []

    @pytest.mark.parametrize(
        "names",
        [
            ("truncated_part",),
            ("json_instead_of_mp3",),
            ("token_expired",),
            ("cut_connection",),
            ("server_error",),
            ("truncated_part", "json_instead_of_mp3", "token_expired", "cut_connection"),
        ],
        ids=" ".join,
    )
    def test_with_faults_on_every_third_part(self, make_bench, names):
        """Whatever is wrong with every third answer, the sounds are the same to the byte, and all are complete."""
        bench = learned(make_bench, MANY)
        bench.faults.add(*(Fault(name, DOWNLOAD, times=ALWAYS, every=3) for name in names))
        outcome, requests = download(bench)
        parts = parts_of(bench)
        assert len(parts) >= 30
        assert all(bench.faults.fired(name) >= len(parts) / 3 for name in names)
        assert sounds(bench) == true_sounds(bench)
        assert outcome == FeedOutcome("audio", len(requests), len(true_sounds(bench)), is_proven=True)
        assert len(requests) == len(parts) + sum(bench.faults.fired(name) for name in names)
        assert left_overs(bench) == []

    def test_the_sidecar_describes_the_sound(self, bench):
        """Beside each sound stands whose it is, its hash, its length, its parts, and when it came."""
        download(bench)
        for item in bench.simulator.truth.recordings():
            sidecar = sidecars(bench)[item.callrecordkey]
            assert sidecar == {
                "format": 1,
                "callrecordkey": item.callrecordkey,
                "extension_id": min(item.extension_ids),
                "outcome": "complete",
                "fetched_at": sidecar["fetched_at"],
                "sha256": sha256(true_sound(item)).hexdigest(),
                "size_bytes": item.size_bytes,
                "part_count": item.part_count,
            }
            assert sidecar["fetched_at"].startswith("2026-11-03T09:")

    def test_nothing_is_asked_for_twice(self, bench):
        """What is complete costs no request ever again."""
        download(bench)
        for after_s in (HOUR_S, 30 * 86_400):
            assert download(bench, after_s=after_s) == (FeedOutcome("audio", 0, 0, is_proven=True), [])

    def test_newest_first(self, bench):
        """The newest recordings come first, each one's parts in order, always with an extension that lists it."""
        _, requests = download(bench)
        counts = {item.callrecordkey: item.part_count for item in bench.simulator.truth.recordings()}
        owners = {item.callrecordkey: item.extension_ids for item in bench.simulator.truth.recordings()}
        expected = [(key, part) for key in newest_first(bench) for part in range(1, counts[key] + 1)]
        assert [(each.key, each.part) for each in requests] == expected
        assert all(each.extension in owners[each.key] for each in requests)

    def test_files_are_named_by_key_and_month(self, bench):
        """A sound stands under its tenant and local month, named by its key and not by what the vendor calls it."""
        download(bench)
        folder = bench.places.root / "audio" / "tenant=main" / "2026-11"
        expected = {f"{key}{suffix}" for key in true_sounds(bench) for suffix in (".mp3", ".json")}
        assert {path.name for path in folder.iterdir()} == expected

    def test_no_sound_in_the_lake(self, bench):
        """Sound stands in the audio folder and nowhere else: neither in the raw layer nor in Parquet."""
        download(bench)
        assert bench.places.raw.exists()
        for layer in (bench.places.raw, bench.places.lake):
            assert audio_part(bench.simulator.truth.recordings()[0], 1)[:200] not in everything_on_disk(layer)


class TestWhose:
    """Only what is named is asked for."""

    def test_off_by_default(self, bench):
        """Without a name in the setting there is no request, no lock and no folder."""
        before = len(bench.simulator.requests)
        locks = set(bench.places.locks.iterdir())
        assert download(bench, frozenset()) == (FeedOutcome("audio", 0, 0, is_proven=True), [])
        assert len(bench.simulator.requests) == before
        assert not (bench.places.root / "audio").exists()
        assert set(bench.places.locks.iterdir()) == locks

    def test_only_the_extensions_named(self, bench):
        """Of one named extension all recordings come, and of the others none; every request names that extension."""
        named = next(each for each in bench.simulator.truth.extensions() if true_sounds(bench, each.extension_id))
        expected = true_sounds(bench, named.extension_id)
        assert 0 < len(expected) < len(true_sounds(bench))
        outcome, requests = download(bench, frozenset({named.extension_number}))
        assert sounds(bench) == expected
        assert {each.extension for each in requests} == {named.extension_id}
        assert outcome.received_rows == len(expected)

    @pytest.mark.parametrize("what", ["unknown", "deleted"])
    def test_an_extension_that_is_not_there(self, bench, what):
        """A name that no extension has, or a deleted one, is told without its number, and the others come."""
        there, other = bench.simulator.truth.extensions()[:2]
        gone = "0999"
        if what == "deleted":
            gone = other.extension_number
            bench.simulator.tenant.remove_extension(other.extension_id)
            bench.time.pass_time(HOUR_S)
            learn(bench)
        outcome, _ = download(bench, frozenset({there.extension_number, gone}))
        assert outcome.reasons == ("1 extensions in UNITE_AUDIO_EXTENSIONS are not known, or deleted",)
        assert (outcome.is_proven, outcome.has_more) == (False, False)
        assert sounds(bench) == true_sounds(bench, there.extension_id)

    def test_without_a_lake_there_is_nothing_to_ask(self, make_bench):
        """Before the first metadata are in the lake nothing is asked for."""
        bench = make_bench(plan=TALKATIVE, now=NEXT_DAY)
        assert download(bench) == (FeedOutcome("audio", 0, 0, is_proven=True), [])

    def test_refused_under_one_extension_it_comes_under_another(self, bench):
        """A recording of two extensions, one of which was removed since, is asked for under the other."""
        (shared,) = [item for item in bench.simulator.truth.recordings() if len(item.extension_ids) == 2]
        bench.simulator.tenant.remove_extension(min(shared.extension_ids))
        _, requests = download(bench)
        tried = [each.extension for each in requests if (each.key, each.part) == (shared.callrecordkey, 1)]
        assert tried == sorted(shared.extension_ids)
        assert sounds(bench)[shared.callrecordkey] == true_sound(shared)


class TestBudget:
    """What one sync may spend, and how the next goes on."""

    @pytest.mark.parametrize("fault", [None, "server_error", "truncated_part", "token_expired", "json_instead_of_mp3"])
    def test_it_is_never_passed(self, bench, fault):
        """Tries, repeats and log-ins included in the count of parts or not, each sync asks at most so many times."""
        if fault:
            bench.faults.add(Fault(fault, DOWNLOAD, times=ALWAYS, every=2))
        spent = []
        for _ in range(20):
            outcome, requests = download(bench, most=4)
            spent.append(len(requests))
            assert outcome.requests == len(requests) <= 4
            if not requests:
                break
            if outcome.has_more:
                assert not outcome.is_proven
                assert "still to come: the requests that a sync may spend on audio" in outcome.reasons[-1]
        assert sounds(bench) == true_sounds(bench)
        assert sum(spent) >= 13 if fault else spent == [4, 4, 4, 1, 0]

    def test_the_next_sync_goes_on(self, bench):
        """A budget that ends within a recording loses nothing: the next sync asks for the parts that are missing."""
        seen = []
        for most in (1, 2, 3, 100):
            outcome, requests = download(bench, most=most)
            seen += [(each.key, each.part) for each in requests]
        assert outcome.is_proven
        assert sorted(seen) == sorted(parts_of(bench))
        assert sounds(bench) == true_sounds(bench)

    def test_nothing_may_be_spent(self, bench):
        """With a budget of none nothing is asked for, and it is told what is to come."""
        outcome, requests = download(bench, most=0)
        assert requests == []
        assert (outcome.is_proven, outcome.has_more) == (False, True)
        assert outcome.reasons[0].startswith("The audio of 9 recordings is still to come: the requests")

    def test_a_disk_that_is_nearly_full(self, bench):
        """Audio leaves room for everything else: it stops before the disk is full, and goes on when there is room."""
        most = max(len(sound) for sound in true_sounds(bench).values())
        outcome, requests = download(bench, room=lambda _folder: RESERVE_BYTES)
        assert requests == []
        assert outcome.has_more
        assert outcome.reasons == (
            "The audio of 9 recordings is still to come: the disk has less than 1 GB to spare. Make room",
        )
        assert download(bench, room=lambda _folder: RESERVE_BYTES + 2 * most)[0].is_proven


class TestTrouble:
    """What fails is marked, told, asked for again, and hides nothing else."""

    def test_a_token_that_expires_costs_one_part_again(self, bench):
        """A token that expires in the middle of a recording costs one log-in, and that part alone is asked again."""
        bench.faults.add(Fault("token_expired", DOWNLOAD, after=7))
        logins = bench.asked("applogin")
        outcome, requests = download(bench)
        again = requests[7]
        assert requests.count(again) == 2
        assert len(requests) == outcome.requests == 13 + 1
        assert bench.asked("applogin") == logins + 1
        assert sounds(bench) == true_sounds(bench)

    def test_what_vanished_is_marked(self, bench):
        """A recording that was deleted upstream is marked, its metadata stay, all others come, and it is told."""
        lost, *others = newest_first(bench)
        bench.simulator.tenant.purged_recordings.add(lost)
        metadata = everything_on_disk(bench.places.lake)
        outcome, requests = download(bench)
        assert [each.key for each in requests].count(lost) == TRIES
        assert set(sounds(bench)) == set(others)
        assert outcome.is_proven
        assert outcome.reasons == ("1 recordings are listed, but the API says that their audio is gone",)
        sidecar = sidecars(bench)[lost]
        assert (sidecar["outcome"], sidecar["sha256"], sidecar["size_bytes"]) == ("vanished", None, None)
        assert everything_on_disk(bench.places.lake) == metadata

    def test_what_vanished_is_asked_again_after_a_week(self, bench):
        """A recording that is marked is left alone for a week; if it is there again then, it comes."""
        lost = newest_first(bench)[0]
        bench.simulator.tenant.purged_recordings.add(lost)
        download(bench)
        assert download(bench, after_s=HOUR_S) == (FeedOutcome("audio", 0, 0, is_proven=True), [])
        _, requests = download(bench, after_s=ASK_AGAIN_AFTER.total_seconds())
        assert [each.key for each in requests] == [lost] * TRIES
        bench.simulator.tenant.purged_recordings.clear()
        assert download(bench, after_s=HOUR_S)[1] == []
        outcome, _ = download(bench, after_s=ASK_AGAIN_AFTER.total_seconds())
        assert outcome.received_rows == 1
        assert sounds(bench) == true_sounds(bench)
        assert sidecars(bench)[lost]["outcome"] == "complete"

    def test_what_the_lists_lost_is_not_asked_for(self, bench):
        """A recording that no list shows any more costs no request."""
        lost = newest_first(bench)[0]
        bench.simulator.tenant.purged_recordings.add(lost)
        bench.time.pass_time(8 * 86_400)
        learn(bench)
        outcome, requests = download(bench)
        assert lost not in {each.key for each in requests}
        assert outcome == FeedOutcome("audio", len(requests), 8, is_proven=True)

    @pytest.mark.parametrize("times", [1, 2])
    def test_one_refusal_is_not_believed(self, bench, times):
        """A recording that is refused once, or twice, is not taken for lost."""
        bench.faults.add(Fault("json_instead_of_mp3", DOWNLOAD, times=times))
        assert download(bench)[0].is_proven
        assert sounds(bench) == true_sounds(bench)

    def test_a_damaged_recording_hides_no_other(self, bench):
        """A part that is wrong three times leaves its recording open, with a reason without its key; all else comes."""
        bad, *others = newest_first(bench)
        damaging = Damaging(bench.transport, bad, lambda body: body[:-1])
        outcome, requests = download(bench, transport=damaging)
        assert [each.key for each in requests].count(bad) == TRIES
        assert set(sounds(bench)) == set(others)
        assert bad not in sidecars(bench)
        assert (outcome.is_proven, outcome.has_more) == (False, False)
        assert outcome.reasons[0].startswith("1 recordings could not be had, first: Part 1 of ")
        assert bad not in outcome.reasons[0]

    def test_what_failed_comes_last_next_time(self, bench):
        """What failed is asked for again by the next sync, after what has not failed: it cannot eat up the budget."""
        bad, second, *_ = newest_first(bench)
        damaging = Damaging(bench.transport, bad, lambda body: body[:-1])
        download(bench, most=TRIES, transport=damaging)
        _, requests = download(bench)
        assert requests[0].key == second
        assert requests[-1].key == bad
        assert sounds(bench) == true_sounds(bench)
        assert left_overs(bench) == []

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (lambda body: body + b"x", "bytes instead of"),
            (lambda _: b"", "it is empty"),
            (lambda body: b"<b>" + body[3:], "it does not begin like an MP3"),
            (lambda _: b"<html>gone</html>", "it has 17 bytes instead of"),
        ],
        ids=["longer", "empty", "no sound", "a page"],
    )
    def test_what_is_no_sound_is_not_kept(self, bench, change, says):
        """Bytes that cannot be the part never land."""
        bad = newest_first(bench)[0]
        outcome, _ = download(bench, transport=Damaging(bench.transport, bad, change))
        assert says in outcome.reasons[0]
        assert not [part for key, part in standing_parts(bench) if key == bad]

    def test_an_api_that_is_down_is_not_asked_for_every_recording(self, bench):
        """After two recordings in a row without an answer no further one is asked for; the next sync brings all."""
        bench.faults.add(Fault("server_error", DOWNLOAD, times=ALWAYS))
        outcome, requests = download(bench)
        assert len(requests) == 2 * MAX_ATTEMPTS
        assert len({each.key for each in requests}) == 2
        assert (outcome.is_proven, outcome.has_more) == (False, False)
        assert outcome.reasons[0].startswith("2 recordings could not be had, first: The API had a problem of its own")
        assert outcome.reasons[1].startswith("The audio of 7 recordings is still to come: ")
        bench.faults.clear()
        assert download(bench)[0].is_proven
        assert sounds(bench) == true_sounds(bench)

    @pytest.mark.parametrize(
        ("fault", "requests_sent"),
        [
            (Fault("not_allowed", DOWNLOAD), 1),
            (Fault("status_false", DOWNLOAD, times=ALWAYS, error_code=100), 1),
            (Fault("too_many_requests", DOWNLOAD, times=ALWAYS), MAX_ATTEMPTS),
        ],
        ids=["not permitted", "not verified", "429"],
    )
    def test_what_is_refused_to_all_ends_the_feed(self, bench, fault, requests_sent):
        """What is no matter of one recording is asked for once, marks nothing as vanished, and is told."""
        bench.faults.add(fault)
        outcome, requests = download(bench)
        assert len(requests) == requests_sent
        assert (outcome.is_proven, len(outcome.reasons)) == (False, 2)
        assert sidecars(bench) == {}
        bench.faults.clear()
        assert download(bench)[0].is_proven
        assert sounds(bench) == true_sounds(bench)

    def test_a_refusal_of_everything_is_no_mass_vanishing(self, make_bench):
        """If recording after recording is refused, it is not the recordings: ten are asked for and none is marked."""
        bench = learned(make_bench, MANY)
        bench.faults.add(Fault("purged_recording"))
        outcome, requests = download(bench)
        assert len({each.key for each in requests}) == BAD_IN_A_ROW
        assert sidecars(bench) == {}
        assert not outcome.is_proven
        assert outcome.reasons[0].startswith("10 recordings could not be had, first: The API refused")
        assert "still to come: 10 in a row could not be had" in outcome.reasons[1]
        bench.faults.clear()
        assert download(bench)[0].is_proven
        assert sounds(bench) == true_sounds(bench)

    def test_an_api_that_fails_is_not_believed(self, bench):
        """What is refused by an API that gives nothing else and then falls silent is not marked as vanished."""
        bench.simulator.tenant.purged_recordings.add(newest_first(bench)[0])
        bench.faults.add(Fault("server_error", DOWNLOAD, after=TRIES, times=ALWAYS))
        outcome, _ = download(bench)
        assert sidecars(bench) == {}
        assert outcome.reasons[0].startswith("3 recordings could not be had, first: ")


class TestKilled:
    """A process that dies at any request, and the next one on the same data directory."""

    @pytest.mark.parametrize("is_after", [False, True], ids=["unsent", "answered"])
    @pytest.mark.parametrize("dies_at", range(1, 6))
    def test_no_part_is_asked_for_twice(self, make_bench, dies_at, is_after):
        """Parts that stand are never asked for again; only an answer that nobody could read is."""
        bench = learned(make_bench, FEW)
        assert len(parts_of(bench)) == 5
        with pytest.raises(ProcessKilledError):
            download(bench, after_s=0, transport=Dying(bench.transport, dies_at, is_after))
        on_disk = standing_parts(bench)
        assert len(on_disk) == dies_at - 1
        outcome, requests = download(bench)
        assert {(each.key, each.part) for each in requests} == parts_of(bench) - on_disk
        assert len(requests) == 5 - len(on_disk)
        assert outcome.is_proven
        assert sounds(bench) == true_sounds(bench)
        assert left_overs(bench) == []

    def test_a_process_that_dies_again_and_again(self, bench):
        """A process that always dies at its second request brings everything in the end, each part once."""
        for _ in range(12):
            with pytest.raises(ProcessKilledError):
                download(bench, after_s=0, transport=Dying(bench.transport, 2))
        assert download(bench)[0].requests == 1
        assert sorted((each.key, each.part) for each in asked(bench)) == sorted(parts_of(bench))
        assert sounds(bench) == true_sounds(bench)

    @pytest.mark.parametrize("is_assembled", [False, True], ids=["parts stand", "sound stands"])
    def test_after_the_last_part_nothing_is_asked(self, bench, is_assembled):
        """Killed between the last part and the sidecar, the next sync finishes the recording without a request."""
        item = max(bench.simulator.truth.recordings(), key=lambda each: each.part_count)
        file = audio_file(bench.places, item.callrecordkey, DAY)
        for number in range(1, item.part_count + 1):
            file.land(number, audio_part(item, number))
        if is_assembled:
            file.assemble(item.part_count)
        outcome, requests = download(bench)
        assert item.callrecordkey not in {each.key for each in requests}
        assert outcome.received_rows == 9
        assert sounds(bench) == true_sounds(bench)
        assert left_overs(bench) == []

    def test_parts_of_another_length_are_asked_again(self, bench):
        """A part that is not of the recording as it is listed now is dropped, and so is one too many."""
        item = max(bench.simulator.truth.recordings(), key=lambda each: each.part_count)
        file = audio_file(bench.places, item.callrecordkey, DAY)
        file.land(1, b"\xff\xf3 of another length")
        file.land(item.part_count + 1, b"too many")
        _, requests = download(bench)
        assert len(requests) == 13
        assert sounds(bench) == true_sounds(bench)

    def test_two_at_once(self, bench):
        """Two processes at once: one waits for the other, and finds nothing left to ask for."""
        connection = replace(bench.connection, rate=Rate(limit=10_000, period_s=60.0, timeout_s=60.0))
        bench.connection = connection
        barrier = Barrier(2)

        def run(_):
            source = audio_source(bench)
            barrier.wait()
            return sync_audio(source, ALL, 100)

        with ThreadPoolExecutor(2) as pool:
            outcomes = sorted(pool.map(run, range(2)), key=lambda each: each.requests)
        assert [each.requests for each in outcomes] == [0, 13]
        assert all(each.is_proven for each in outcomes)
        assert sounds(bench) == true_sounds(bench)


def test_nothing_personal_is_told(make_bench, caplog):
    """Progress is told as it goes, in numbers of recordings and MB; no key, number, name or token stands in a line."""
    bench = learned(make_bench, MANY)
    lost = newest_first(bench)[3]
    bench.simulator.tenant.purged_recordings.add(lost)
    bench.faults.add(Fault("truncated_part", DOWNLOAD, times=ALWAYS, every=4))
    caplog.clear()
    with caplog.at_level(logging.DEBUG):
        outcome, _ = download(bench)
    lines = [record.getMessage() for record in caplog.records]
    progress = [line for line in lines if line.startswith("audio: ")]
    assert len(progress) == (len(parts_of(bench)) // PARTS_A_LINE)
    assert progress[0].endswith(" MB so far")
    told = "\n".join([*lines, *outcome.reasons])
    people = bench.simulator.truth.extensions()
    private = [item.callrecordkey for item in bench.simulator.truth.recordings()]
    private += [lost, bench.login_token]
    private += [text for each in people for text in (each.extension_id, each.name, each.username, each.callerid)]
    private += [item.from_callerid for item in bench.simulator.truth.recordings() if len(item.from_callerid) > 4]
    assert [text for text in private if text in told] == []


def test_a_week_is_a_week():
    """What vanished is asked for at most weekly."""
    assert timedelta(days=7) <= ASK_AGAIN_AFTER
