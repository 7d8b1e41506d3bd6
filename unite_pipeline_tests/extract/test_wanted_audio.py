"""Whose audio is wanted, and whether bytes can be a part of it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unite_pipeline.errors import LakeError
from unite_pipeline.extract.wanted_audio import WantedAudio, wanted_audio
from unite_pipeline_tests.extract.sounds import ALL, NEXT_DAY, TALKATIVE, learn

FRAME = b"\xff\xf3\x68\xc4"


def told(size: int | None, count: int | None, part: int | None) -> WantedAudio:
    """A recording of which the API told these."""
    return WantedAudio("f1", date(2026, 11, 2), ("R1",), size, count, part)


@pytest.mark.parametrize(
    ("recording", "lengths"),
    [
        pytest.param(told(25, 3, 10), [10, 10, 5], id="all told"),
        pytest.param(told(20, 2, 10), [10, 10], id="a full last part"),
        pytest.param(told(7, 1, 10), [7], id="one part"),
        pytest.param(told(25, None, 10), [10, 10, 5], id="no count"),
        pytest.param(told(None, 3, 10), [10, 10, None], id="no size"),
        pytest.param(told(25, 3, None), [None, None, None], id="no part size"),
        pytest.param(told(25, 1, None), [25], id="one part of no told size"),
        pytest.param(told(25, None, None), [25], id="a size alone"),
        pytest.param(told(None, 2, None), [None, None], id="a count alone"),
        pytest.param(told(None, None, None), [None], id="nothing"),
    ],
)
def test_what_a_part_must_be(recording, lengths):
    """As many parts, and as long, as what the API told makes of it; where it did not tell, any length will do."""
    assert not recording.is_contradictory
    assert [recording.length_of(number) for number in range(1, recording.count + 1)] == lengths


@pytest.mark.parametrize(
    "recording",
    [told(25, 2, 10), told(20, 3, 10), told(0, 1, 10), told(0, 1, None), told(25, 0, 10), told(5, -1, 10),
     told(-5, 1, 10), told(5, 1, 0), told(5, None, -1)],
    ids=["too few", "too many", "nothing", "nothing at all", "no part", "less than none", "negative", "empty part",
         "negative part"],
)  # fmt: skip
def test_what_cannot_be(recording):
    """Counts that contradict each other are seen before anything is asked for."""
    assert recording.is_contradictory


@given(st.integers(1, 200), st.integers(1, 50))
def test_parts_of_any_size(size, part):
    """Cut as the vendor cuts, every part is right, and shortened, lengthened or in another's place it is not."""
    count = -(-size // part)
    recording = told(size, count, part)
    content = (FRAME + bytes(200))[:size]
    assert not recording.is_contradictory
    for number in range(1, count + 1):
        piece = content[(number - 1) * part : number * part]
        is_too_short = number == 1 and len(piece) < 2  # for the word it is known by
        assert (recording.fault_of(number, piece) is None) is not is_too_short
        assert recording.fault_of(number, piece + b"x") is not None
        assert recording.fault_of(number, piece[:-1]) is not None


@pytest.mark.parametrize(
    ("content", "is_sound"),
    [(b"ID3\x04", True), (b"\xff\xfb\x90\x00", True), (b"\xff\xe0", True), (b"\xff\xd8\xff\xe0", False),
     (b"RIFF", False), (b"<html>", False), (b"\x00\xff\xfb", False), (b"\xff", False), (b"", False)],
    ids=["tag", "layer III", "any layer", "a picture", "wave", "page", "late", "half a word", "nothing"],
)  # fmt: skip
def test_a_sound_begins_like_one(content, is_sound):
    """Where no length is told, the first part at least begins with a frame or a tag, and no later part need to."""
    assert (told(None, 2, None).fault_of(1, content) is None) is is_sound
    assert (told(None, 2, None).fault_of(2, content) is None) is bool(content)


def test_a_last_part_of_untold_size_is_no_longer_than_a_part():
    """Without the size of the whole, the last part cannot be longer than the others."""
    assert told(None, 2, 10).fault_of(2, bytes(10)) is None
    assert told(None, 2, 10).fault_of(2, bytes(11)) == "it has 11 bytes, more than the 10 of a part"


def test_a_lake_that_cannot_be_read(make_bench):
    """The error says what makes the lake again, and quotes no row."""
    bench = make_bench(plan=TALKATIVE, now=NEXT_DAY)
    learn(bench)
    next(bench.places.table("recordings").glob("*/part.parquet")).write_bytes(b"no Parquet")
    with pytest.raises(LakeError, match="unite-pipeline rebuild"):
        wanted_audio(bench.places, ALL, NEXT_DAY)


def test_a_recording_is_not_shown():
    """The repr of a recording, which tracebacks show, has no key."""
    assert "f1" not in repr(told(1, 1, 1))
