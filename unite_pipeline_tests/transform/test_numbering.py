"""What one number is: E.164, country and kind."""

from __future__ import annotations

from typing import get_args

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from unite_pipeline.transform.numbering import Kind, Normalised, normalise

# name: number as sent, E.164, country, kind, whether it is valid; read in the Netherlands
DUTCH = {
    "as the API writes it": ("31201234567", "+31201234567", "NL", "geographic", True),
    "national, area code of two digits": ("0201234567", "+31201234567", "NL", "geographic", True),
    "national, area code of three digits": ("0111123456", "+31111123456", "NL", "geographic", True),
    "with plus": ("+31201234567", "+31201234567", "NL", "geographic", True),
    "with 00": ("0031201234567", "+31201234567", "NL", "geographic", True),
    "with plus and trunk zero": ("+31 (0)20 123 45 67", "+31201234567", "NL", "geographic", True),
    "without trunk zero": ("201234567", "+31201234567", "NL", "geographic", True),
    "mobile": ("31612345678", "+31612345678", "NL", "mobile", True),
    "mobile without trunk zero": ("612345678", "+31612345678", "NL", "mobile", True),
    "machine to machine, 097": ("3197012345678", "+3197012345678", "NL", "mobile", True),
    "085": ("31850123456", "+31850123456", "NL", "voip", True),
    "091": ("0910123456", "+31910123456", "NL", "voip", True),
    "084": ("0840123456", "+31840123456", "NL", "uan", True),
    "087": ("0870123456", "+31870123456", "NL", "uan", True),
    "088": ("31881234567", "+31881234567", "NL", "uan", True),
    "0800 short": ("08001234", "+318001234", "NL", "toll_free", True),
    "0800 long": ("08000123456", "+318000123456", "NL", "toll_free", True),
    "0900 short": ("09001234", "+319001234", "NL", "premium", True),
    "0900 long": ("09000123456", "+319000123456", "NL", "premium", True),
    "0906": ("0906123456", "+31906123456", "NL", "premium", True),
    "066": ("0661234567", "+31661234567", "NL", "pager", True),
    "never issued, +31 6 0": ("31600000100", "+31600000100", "NL", "unknown", False),
    "never issued, national": ("06 0000 0100", "+31600000100", "NL", "unknown", False),
}
FOREIGN = {
    "Berlin": ("493023125123", "+493023125123", "DE", "geographic", True),
    "Berlin with 00": ("0049 30 23125123", "+493023125123", "DE", "geographic", True),
    "German mobile": ("4915123456789", "+4915123456789", "DE", "mobile", True),
    "Belgian mobile": ("32470123456", "+32470123456", "BE", "mobile", True),
    "London": ("442079460123", "+442079460123", "GB", "geographic", True),
    "Guernsey, in Britain's plan": ("447781123456", "+447781123456", "GG", "mobile", True),
    "a shared plan, never issued": ("447700900123", "+447700900123", None, "unknown", False),
    "New York": ("12125550123", "+12125550123", "US", "geographic_or_mobile", True),
    "Rome keeps its zero": ("390612345678", "+390612345678", "IT", "geographic", True),
    "personal number": ("447012345678", "+447012345678", "GB", "personal", True),
    "French shared cost": ("33810123456", "+33810123456", "FR", "shared_cost", True),
    "satellite is no country": ("870773111632", "+870773111632", None, "mobile", True),
    "universal freephone": ("80012345678", "+80012345678", None, "toll_free", True),
}
NO_E164 = {
    "emergency": ("112", None, "NL", "short", True),
    "municipality": ("14020", None, "NL", "short", True),
    "municipality, three digits": ("140111", None, "NL", "short", True),
    "municipality in the API's notation": ("3114020", None, "NL", "short", True),
    "European short number": ("116000", None, "NL", "short", True),
    "directory": ("1888", None, "NL", "short", True),
    "short, in use, not in the library": ("144", None, "NL", "short", False),
    "switch": ("*301", None, None, "short", False),
    "forwarding": ("*21*0612345678#", None, None, "short", False),
    "withholding": ("#31#", None, None, "short", False),
    "flow": ("0001", None, None, "internal", False),
    "extension": ("0200", None, None, "internal", False),
    "username": ("1234*0200", None, None, "internal", False),
    "username of a flow": ("1237*0009", None, None, "internal", False),
    "anonymous": ("anonymous", None, None, "anonymous", False),
    "anonymous address": ("Anonymous@anonymous.invalid", None, None, "anonymous", False),
    "unknown": ("unknown", None, None, "anonymous", False),
    "restricted": (" Restricted ", None, None, "anonymous", False),
    "private": ("PRIVATE", None, None, "anonymous", False),
    "in Dutch": ("Anoniem", None, None, "anonymous", False),
    "three digits that are nothing": ("201", None, None, "unknown", False),
    "area code and little else": ("020012", None, None, "unknown", False),
    "too short": ("+31112", None, None, "unknown", False),
    "too long": ("312012345678901", None, None, "unknown", False),
    "country code that nobody has": ("999123456789", None, None, "unknown", False),
    "zero": ("0", None, None, "unknown", False),
    "only zeros": ("0000000000", None, None, "unknown", False),
    "many zeros": ("0" * 300, None, None, "unknown", False),
}
ODD = {
    "empty": ("", None, None, "unknown", False),
    "blank": (" \t\n", None, None, "unknown", False),
    "plus": ("+", None, None, "unknown", False),
    "two pluses": ("++31201234567", None, None, "unknown", False),
    "plus inside": ("31+201234567", None, None, "unknown", False),
    "star": ("*", None, None, "unknown", False),
    "two stars": ("1234**0200", None, None, "unknown", False),
    "letters around": ("abc0201234567", None, None, "unknown", False),
    "two numbers": ("0201234567, 0612345678", None, None, "unknown", False),
    "SQL": ("'; drop table numbers; --", None, None, "unknown", False),
    "markup": ("<b>0201234567</b>", None, None, "unknown", False),
    "address": ("sip:0200@192.0.2.1", None, None, "unknown", False),
    "null byte": ("0201234567\0", None, None, "unknown", False),
    "half a surrogate pair": ("\ud800", None, None, "unknown", False),
    "superscript": ("02²1234567", None, None, "unknown", False),
    "Arabic digits": ("٠٢٠١٢٣٤٥٦٧", "+31201234567", "NL", "geographic", True),
    "full-width": ("\uff0b\uff13\uff11\uff16\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
                   "+31612345678", "NL", "mobile", True),
    "Arabic username": ("١٢٣٤*٠٢٠٠", None, None, "unknown", False),
    "marks of a copied contact": ("\u202a+31 6\u00a012\u201134 56 78\u202c", "+31612345678", "NL", "mobile", True),
    "dots and slash": ("020/123.45.67", "+31201234567", "NL", "geographic", True),
}  # fmt: skip
CASES = {**DUTCH, **FOREIGN, **NO_E164, **ODD}

# The same in other countries: country, number as sent, E.164, country of the number, kind
ELSEWHERE = {
    "Belgium, national": ("BE", "0470123456", "+32470123456", "BE", "mobile"),
    "Belgium, across the border": ("BE", "31201234567", "+31201234567", "NL", "geographic"),
    "Belgium, fire brigade": ("BE", "100", None, "BE", "short"),
    "Belgium, no Dutch municipality": ("BE", "14020", None, "BE", "short"),
    "America, national": ("US", "2125550123", "+12125550123", "US", "geographic_or_mobile"),
    "America, 011": ("US", "01131201234567", "+31201234567", "NL", "geographic"),
    "America, 00": ("US", "0031201234567", "+31201234567", "NL", "geographic"),
    "America, emergency": ("US", "911", None, "US", "short"),
    "Italy, zero stays": ("IT", "0612345678", "+390612345678", "IT", "geographic"),
    "Denmark has no trunk zero": ("DK", "32123456", "+4532123456", "DK", "geographic_or_mobile"),
    "Austria, an extension's form": ("AT", "0200", None, None, "internal"),
}

digits = st.text("0123456789", max_size=17)
numbers = st.one_of(
    digits,
    st.builds("+{}".format, digits),
    st.builds("00{}".format, digits),
    st.builds("{}{}".format, st.sampled_from(["31", "49", "32", "44", "1", "39", "54", "52", "0", "06", "14"]), digits),
    st.text("0123456789+*# -()./", max_size=20),
    st.text(st.characters(), max_size=30),
    st.text(st.characters(categories=["Cs", "Nd", "Zs", "Cf"]), max_size=10),
)
countries = st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS))


@st.composite
def near_real(draw):
    """The library's example of a number of some country and kind, with its last digits changed, in E.164."""
    kind = draw(st.sampled_from([0, 1, 3, 4, 6, 7, 9]))
    example_number = phonenumbers.example_number_for_type(draw(countries), kind)
    real = "31881234567" if example_number is None else phonenumbers.format_number(example_number, 0)[1:]
    return "+" + real[:-3] + draw(st.text("0123456789", min_size=2, max_size=4))


@pytest.mark.parametrize(("number", "e164", "country", "kind", "is_valid"), CASES.values(), ids=CASES)
def test_a_number_in_the_netherlands(number, e164, country, kind, is_valid):
    """What is sent, in all its notations, and what it is."""
    assert normalise(number, "NL") == Normalised(e164, country, kind, is_valid)


@pytest.mark.parametrize(("home", "number", "e164", "country", "kind"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_number_elsewhere(home, number, e164, country, kind):
    """National and short numbers are read in the country that is set, international ones anywhere."""
    found = normalise(number, home)
    assert (found.e164, found.country, found.kind) == (e164, country, kind)


@pytest.mark.parametrize("number", ["0200", "112", "14020", "31201234567", "2001", "*301", "anonymous", "x", ""])
def test_known_internal_wins(number):
    """What is known to be inside the exchange is internal, whatever it looks like."""
    assert normalise(number, "NL", is_internal=True) == Normalised(None, None, "internal", is_valid=False)


@settings(max_examples=600, deadline=None)
@given(number=numbers, country=countries, is_internal=st.booleans())
def test_it_never_raises(number, country, is_internal):
    """Any text gives one of the kinds; what is valid, or has an E.164, is a full or a short number."""
    found = normalise(number, country, is_internal=is_internal)
    assert found.kind in get_args(Kind)
    if found.kind in {"internal", "anonymous", "short"}:
        assert found.e164 is None
    if found.kind in {"internal", "anonymous", "unknown"}:
        assert not found.is_valid
    if found.e164 is not None:
        assert found.e164[0] == "+"
        assert found.e164[1:].isascii()
        assert 5 <= len(found.e164[1:]) <= 17
        assert found.e164[1:].isdecimal()


@settings(max_examples=600, deadline=None)
@given(number=st.one_of(numbers, near_real()), country=countries, elsewhere=countries)
@example(number="0201234567", country="NL", elsewhere="BE")
@example(number="43000000", country="NL", elsewhere="NL")
def test_e164_says_it_all(number, country, elsewhere):
    """E.164, read in any country, is the same number; also without its plus, as the API sends it, if it is valid."""
    found = normalise(number, country)
    if found.e164 is not None:
        assert normalise(found.e164, elsewhere) == found
        if found.is_valid:
            assert normalise(found.e164[1:], elsewhere) == found


@settings(max_examples=300, deadline=None)
@given(
    number=st.text("0123456789", min_size=1, max_size=15), marks=st.lists(st.sampled_from(" -./()\u00a0"), max_size=5)
)
def test_what_stands_between_digits_does_not_matter(number, marks):
    """Blanks and punctuation change nothing."""
    text = number[:2] + "".join(marks) + number[2:]
    assert normalise(text, "NL") == normalise(number, "NL")
