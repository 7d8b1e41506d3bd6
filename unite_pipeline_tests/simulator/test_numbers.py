"""Numbers are nobody's, and written in libphonenumber's words."""

import pytest

from unite_pipeline.simulator.company.chance import stream
from unite_pipeline.simulator.company.numbers import facts, formatted, is_full, occasional_number, outside_number


@pytest.mark.parametrize(
    ("number", "country", "shown", "area", "is_valid"),
    [
        ("31600000100", "NL", "06 00000100", "6", False),
        ("493023125123", "DE", "+49 30 23125123", "30", True),
        ("442079460123", "GB", "+44 20 7946 0123", "20", True),
        ("33199001234", "FR", "+33 1 99 00 12 34", "1", True),
        ("46701740610", "SE", "+46 70 174 06 10", "7", True),
    ],
)
def test_how_numbers_are_written(number, country, shown, area, is_valid):
    """Dutch numbers are shown nationally and are not valid, those from abroad internationally and are."""
    known = facts(number)
    told = (known.country, known.formatted, known.area_code, known.is_valid, known.e164)
    assert told == (country, shown, area, is_valid, f"+{number}")


@pytest.mark.parametrize("number", ["", "0203", "112", "*301", "1234*0203"])
def test_what_is_no_full_number_stays_as_it_is(number):
    """Extensions, services and nothing at all are not formatted."""
    assert (is_full(number), formatted(number)) == (False, number)


def test_foreign_numbers_have_their_share():
    """A fifth of outside numbers is foreign if a fifth is asked for, and each parses."""
    rng = stream(1, "test")
    numbers = [outside_number(rng, 0.2) for _ in range(2000)]
    assert 0.15 < sum(not number.startswith("3160") for number in numbers) / 2000 < 0.25
    assert all(facts(number).country for number in numbers)


def test_occasional_numbers_differ():
    """The Dutch ones among ten thousand occasional numbers are all different."""
    numbers = [number for index in range(10_000) if (number := occasional_number(3, index, 0.0))]
    assert len(set(numbers)) == 10_000
