"""Identifiers with the check digits their standards ask for."""

from random import Random

from stdnum import ean, iso6346

_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def s10(service: str, number: int, country: str) -> str:
    """A postal item id (UPU S10).

    >>> s10("LZ", 55120964, "CN")
    'LZ551209644CN'
    """
    digits = f"{number % 10**8:08d}"
    check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, _S10_WEIGHTS, strict=True)) % 11
    return f"{service}{digits}{({10: 0, 11: 5}).get(check, check)}{country}"


def sscc(company: str, number: int) -> str:
    """A GS1 serial shipping container code: 18 digits.

    >>> sscc("4000001", 42)
    '040000010000000425'
    """
    body = f"0{company}{number % 10**9:09d}"
    return body + str(ean.calc_check_digit(body))


def container(owner: str, number: int) -> str:
    """A container number (ISO 6346).

    >>> container("CSQU", 305438)
    'CSQU3054383'
    """
    body = f"{owner}{number % 10**6:06d}"
    return body + str(iso6346.calc_check_digit(body))


def receptacle(origin: str, destination: str, rng: Random) -> str:
    """A mail receptacle (UPU S9, 29 characters) between two offices of exchange of six letters."""
    despatch, bag, weight = rng.randrange(1, 10_000), rng.randrange(1, 1_000), rng.randrange(10, 300)
    return f"{origin}{destination}AUN6{despatch:04d}{bag:03d}10{weight:04d}"


def ioss(rng: Random) -> str:
    """An import one-stop-shop number of the shape `IM` and ten digits."""
    return f"IM276{rng.randrange(10**7):07d}"
