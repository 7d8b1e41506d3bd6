"""What a telephone number is: E.164, country and kind of one number as the API sent it, by libphonenumber's plans.

Here: reading one number. Not here: which numbers there are, and which of them are internal (`numbers.py`, `sql/`).
Source: contract.md traps 27 and 54; domain.md section 7. A number is text, and most texts are not in any plan.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType, ValidationResult

Kind = Literal[
    "geographic",
    "mobile",
    "geographic_or_mobile",
    "toll_free",
    "premium",
    "shared_cost",
    "voip",
    "personal",
    "pager",
    "uan",
    "voicemail",
    "short",
    "internal",
    "anonymous",
    "unknown",
]

NORMALISED_WITH = f"phonenumbers {phonenumbers.__version__}"

_KINDS: dict[int, Kind] = {
    PhoneNumberType.FIXED_LINE: "geographic",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "geographic_or_mobile",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "uan",
    PhoneNumberType.VOICEMAIL: "voicemail",
}
_ORDINARY = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)
_NO_COUNTRY = "001"  # libphonenumber's region of satellite and other international networks
_SHORTEST_FULL = 1_000_000  # a national number below it may be one that only its own country can dial

_USERNAME = re.compile(r"\d+\*\d+", re.ASCII)
_SERVICE_CODE = re.compile(r"[*#]+\d[\d*#]*", re.ASCII)
_DIALLED = re.compile(r"\+?\d{2,20}", re.ASCII)
_SHORT = re.compile(r"[1-9]\d{2,5}", re.ASCII)
_EXTENSION = re.compile(r"0\d{2,4}", re.ASCII)
_WITHHELD = re.compile(
    r"(anonymous|anoniem|unknown|onbekend|restricted|private|withheld|unavailable|afgeschermd)(@.*)?",
    re.IGNORECASE | re.DOTALL,
)
# What people write between digits; also the invisible marks that copying from a web page brings along.
_SEPARATORS = re.compile(r"[\s()./\-\u2010-\u2015\u2212\u00b7\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_FULL_WIDTH_PLUS = "\uff0b"


@dataclass(frozen=True, slots=True)
class Normalised:
    """One number, read.

    Args:
        e164: with its plus; None where a plan knows no such form, or the number is too long or too short for it.
        country: ISO 3166 code of the country whose plan it is in; None if that is no country, or cannot be told.
        kind: what a plan uses it for; `unknown` also for a full number that no plan has issued.
        is_valid: whether a plan issues such numbers. No plan speaks of internal numbers and codes of the exchange.
    """

    e164: str | None
    country: str | None
    kind: Kind
    is_valid: bool


_INTERNAL = Normalised(None, None, "internal", is_valid=False)
_ANONYMOUS = Normalised(None, None, "anonymous", is_valid=False)
_CODE = Normalised(None, None, "short", is_valid=False)
_UNKNOWN = Normalised(None, None, "unknown", is_valid=False)


def normalise(number: str, country: str, *, is_internal: bool = False) -> Normalised:
    """Read a number. Never raises: what is no number is of kind `unknown`.

    Args:
        number: as the API sent it: E.164 without plus (31201234567), national (0201234567), with plus or 00, short
            (112), internal (0200, 1234*0200), a word (anonymous), or anything else.
        country: ISO 3166 code of the country in which national and short numbers are read.
        is_internal: whether it is known to be a number inside the exchange, which wins over what it looks like.
    """
    text = number.strip()
    if is_internal or _USERNAME.fullmatch(text):
        return _INTERNAL
    if _WITHHELD.fullmatch(text):
        return _ANONYMOUS
    dialled = _SEPARATORS.sub("", text if text.isascii() else _ascii_digits(text))
    if _SERVICE_CODE.fullmatch(dialled):
        return _CODE
    if not _DIALLED.fullmatch(dialled):
        return _UNKNOWN
    return _short(dialled, country) or _issued(dialled, country) or _inner(dialled) or _unissued(dialled, country)


def _ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(each, each)) for each in text.replace(_FULL_WIDTH_PLUS, "+"))


def _short(dialled: str, country: str) -> Normalised | None:
    """A short number of the country: what its plan lists, and, listed or not, what begins with 1.

    Without a trunk zero before it the 1 begins short numbers all over Europe (112, 14020, 116000), and libphonenumber
    does not list all that are in use, such as the Dutch 113 and 144.
    """
    reading = _parse(dialled, country) if _SHORT.fullmatch(dialled) else None
    if reading is None:
        return None
    is_valid = phonenumbers.is_valid_short_number_for_region(reading, country) or _is_domestic(reading)
    return Normalised(None, country, "short", is_valid) if is_valid or dialled.startswith("1") else None


def _issued(dialled: str, country: str) -> Normalised | None:
    """A full number by the first reading that a plan knows."""
    for form in _forms(dialled):
        reading = _parse(form, country)
        kind = None if reading is None else _KINDS.get(phonenumbers.number_type(reading))
        if reading is not None and kind is not None:
            if _is_domestic(reading):
                return Normalised(None, _country(reading), "short", is_valid=True)
            return Normalised(_e164(reading), _country(reading), kind, is_valid=True)
    return None


def _inner(dialled: str) -> Normalised | None:
    """An extension or a flow by its form: nobody outside can dial so few digits behind a trunk zero."""
    return _INTERNAL if _EXTENSION.fullmatch(dialled) else None


def _unissued(dialled: str, country: str) -> Normalised:
    """A number that no plan knows, with its E.164 if it is as long as numbers there are."""
    reading = _parse(_forms(dialled)[0], country)
    if reading is None or not _is_long_enough(reading):
        return _UNKNOWN
    e164 = _e164(reading)
    again = _parse(e164, country)
    if again != reading:  # of a row of zeros one is taken for a trunk zero each time
        return _UNKNOWN
    return Normalised(e164, _country(reading), "unknown", is_valid=False)


def _forms(dialled: str) -> tuple[str, ...]:
    """What the digits may mean, likeliest first: the API writes E.164 without plus, and people write 00 for it."""
    if dialled.startswith("00"):
        return f"+{dialled[2:]}", dialled
    if dialled.startswith(("+", "0")):
        return (dialled,)
    return f"+{dialled}", dialled


def _parse(form: str, country: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(form, country)
    except phonenumbers.NumberParseException:
        return None


def _is_domestic(reading: PhoneNumber) -> bool:
    """Whether it is a number without E.164, since only its own country can dial it, such as 14020."""
    is_candidate = (reading.national_number or 0) < _SHORTEST_FULL
    return is_candidate and not phonenumbers.can_be_internationally_dialled(reading)


def _is_long_enough(reading: PhoneNumber) -> bool:
    """Whether a number that no plan has issued is as long as an ordinary one, fixed or mobile."""
    possible = ValidationResult.IS_POSSIBLE
    return any(phonenumbers.is_possible_number_for_type_with_reason(reading, kind) == possible for kind in _ORDINARY)


def _e164(reading: PhoneNumber) -> str:
    return phonenumbers.format_number(reading, phonenumbers.PhoneNumberFormat.E164)


def _country(reading: PhoneNumber) -> str | None:
    region = phonenumbers.region_code_for_number(reading)
    return None if region == _NO_COUNTRY else region
