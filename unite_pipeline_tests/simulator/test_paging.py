"""Many lists read as one behave like one list."""

from hypothesis import given
from hypothesis import strategies as st

from unite_pipeline.simulator.protocol.paging import Stretch

PARTS = st.lists(st.lists(st.integers(), max_size=6), max_size=6)


@given(parts=PARTS, start=st.integers(0, 40), size=st.integers(0, 20), backwards=st.booleans())
def test_a_stretch_is_the_joined_list(parts, start, size, backwards):
    """Length, any page, any item and iteration equal those of the concatenated, perhaps reversed, list."""
    joined = [row for part in parts for row in part]
    if backwards:
        joined.reverse()
    stretch = Stretch(parts, backwards=backwards)
    assert len(stretch) == len(joined)
    assert stretch[start : start + size] == joined[start : start + size]
    assert list(stretch) == joined
    if joined:
        assert (stretch[0], stretch[len(joined) - 1], stretch[-1]) == (joined[0], joined[-1], joined[-1])
