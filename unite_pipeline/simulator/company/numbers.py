"""Telephone numbers nobody has, and how libphonenumber writes them.

Dutch: +31 6 0..., which is dialled like a mobile but never issued, so it is never valid; no published Dutch drama range
was found. Abroad: the ranges that regulators keep for fiction (Bundesnetzagentur, Ofcom, ARCEP, PTS), which are valid.
"""

from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from unite_pipeline.simulator.company.chance import Stream

_OWN = 10_000
_DUTCH = 10_000_000
_SHORTEST = 7


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """What libphonenumber says about a full number."""

    country: str
    country_code: int
    national: str
    international: str
    e164: str
    rfc3966: str
    itu: str
    kind: str
    area_code: str
    is_valid: bool
    formatted: str


def own_number(index: int) -> str:
    """Returns the company's own number so and so, 0 to 9,999."""
    return f"3160{index:07d}"


def outside_number(rng: Stream, foreign_share: float) -> str:
    """Returns some outsider's number."""
    if rng.random() >= foreign_share:
        return f"3160{rng.randrange(_OWN, _DUTCH):07d}"
    which = rng.random()
    if which < 0.6:  # noqa: PLR2004 - Germany first
        return f"493023125{rng.randrange(1000):03d}"
    if which < 0.8:  # noqa: PLR2004
        return f"3319900{rng.randrange(10000):04d}"
    if which < 0.95:  # noqa: PLR2004
        return f"442079460{rng.randrange(1000):03d}"
    return f"46701740{rng.randrange(605, 700)}"


def occasional_number(seed: int, index: int, foreign_share: float) -> str:
    """Returns one of the numbers that come back now and then; Dutch ones with indexes below nine million differ."""
    if index * 7919 % 10_000 < foreign_share * 10_000:
        return f"493023125{index % 1000:03d}"
    return f"3160{_OWN + (index * 6_700_417 + seed * 15_485_863) % (_DUTCH - _OWN):07d}"


def is_full(number: str) -> bool:
    """Tells a full number with country code from an extension, a flow, a service or nothing."""
    return len(number) >= _SHORTEST and number[0] != "0" and number.isdigit()


@lru_cache(maxsize=200_000)
def facts(number: str) -> NumberFacts:
    """Returns how a full number is written, country by country."""
    parsed = phonenumbers.parse(f"+{number}")
    country = phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(
        parsed.country_code or 0
    )
    national = phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL)
    international = phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
    significant = phonenumbers.national_significant_number(parsed)
    area_length = phonenumbers.length_of_geographical_area_code(parsed) or 1
    return NumberFacts(
        country=country,
        country_code=parsed.country_code or 0,
        national=national,
        international=international,
        e164=f"+{number}",
        rfc3966=phonenumbers.format_number(parsed, PhoneNumberFormat.RFC3966),
        itu=number,
        kind=PhoneNumberType.to_string(phonenumbers.number_type(parsed)),
        area_code=significant[:area_length],
        is_valid=phonenumbers.is_valid_number(parsed),
        formatted=national if country == "NL" else international,
    )


def formatted(number: str) -> str:
    """Returns a number as the API prints it; anything that is no full number stays as it is."""
    return facts(number).formatted if is_full(number) else number
