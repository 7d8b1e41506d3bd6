"""Seeded chance: every random stream of the simulator starts here, and none of it is secret.

The standard library's generator is enough: its streams are the same on every platform for one version of Python.
"""

import math
import random
from itertools import accumulate

Stream = random.Random

_CERTAIN_ENOUGH = 50.0
_CAPITALS_AND_DIGITS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def stream(seed: int, *names: object) -> Stream:
    """Returns the generator that belongs to a seed and a purpose, independent of all others."""
    return random.Random(":".join(str(part) for part in (seed, *names)))  # noqa: S311 - reproducible by design


def uuid4(rng: Stream) -> str:
    """Returns a version 4 UUID in its usual spelling."""
    bits = rng.getrandbits(128)
    bits = bits & ~(0xF << 76) | 0x4 << 76
    bits = bits & ~(0x3 << 62) | 0x2 << 62
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def opaque_id(rng: Stream, letters: str) -> str:
    """Returns an id in the vendor's style: one of the letters and 21 digits."""
    return f"{rng.choice(letters)}{rng.randrange(10**20, 10**21)}"


def code(rng: Stream, length: int) -> str:
    """Returns capitals and digits, as in an invitation."""
    return "".join(rng.choice(_CAPITALS_AND_DIGITS) for _ in range(length))


def poisson(rng: Stream, mean: float) -> int:
    """Returns a Poisson number; for large means from the normal approximation."""
    if mean <= 0:
        return 0
    if mean > _CERTAIN_ENOUGH:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def gamma_factor(rng: Stream, cv: float) -> float:
    """Returns a gamma number with mean 1 and the coefficient of variation asked for."""
    if cv <= 0:
        return 1.0
    shape = 1.0 / (cv * cv)
    return rng.gammavariate(shape, 1.0 / shape)


def lognormal(rng: Stream, median: float, sigma: float, low: float, high: float) -> float:
    """Returns a lognormal number, clipped to low and high."""
    return min(high, max(low, rng.lognormvariate(math.log(median), sigma)))


def zipf_weights(count: int, exponent: float = 0.9) -> list[float]:
    """Returns cumulative weights 1/rank**exponent, as `random.choices` takes them."""
    return list(accumulate(1.0 / (rank**exponent) for rank in range(1, count + 1)))
