"""Check digits of the identifiers on parcels and containers. Each takes a text of the right shape in ASCII."""

from operator import mul

S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)  # their sum is a multiple of 11, so ASCII codes do as well as digits
# ISO 6346: letters count from 10 upwards, leaving out the multiples of 11
ISO6346_VALUES = dict(
    zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", (*range(10), *(n for n in range(10, 39) if n % 11)), strict=True)
)

GTIN_WEIGHTS = (1, 3) * 9  # from the right
ISO6346_WEIGHTS = tuple(2**place for place in range(10))


def s10_is_valid(item_id: str) -> bool:
    """UPU S10: two letters, eight digits, check digit, country.

    >>> s10_is_valid("RR473124829GB"), s10_is_valid("EB000717594HK")
    (True, False)
    """
    check: int = 11 - sum(map(mul, S10_WEIGHTS, item_id[2:10].encode())) % 11
    return int(item_id[10]) == {10: 0, 11: 5}.get(check, check)


def iso6346_is_valid(container_id: str) -> bool:
    """ISO 6346: owner, category, serial number, check digit.

    >>> iso6346_is_valid("MSKU9070323"), iso6346_is_valid("MSKU9070324")
    (True, False)
    """
    total: int = sum(map(mul, ISO6346_WEIGHTS, map(ISO6346_VALUES.__getitem__, container_id[:10])))
    return int(container_id[10]) == total % 11 % 10


def gtin_is_valid(digits: str) -> bool:
    """GS1 modulo 10, for GTIN-8, -12, -13, -14 and SSCC-18.

    >>> gtin_is_valid("4006381333931"), gtin_is_valid("4006381333932")
    (True, False)
    """
    total: int = sum(map(mul, GTIN_WEIGHTS, map(int, reversed(digits))))
    return total % 10 == 0
