from random import Random

import pytest
from stdnum import ean, iso6346

from agents.simulator import identifiers
from agents.simulator.happenings import Truth


@pytest.mark.parametrize("published", ["EE471108151FR", "EB000717618HK", "EB000717595HK", "RR473124829GB"])
def test_an_s10_identifier_equals_a_published_one(published: str):
    assert identifiers.s10(published[:2], int(published[2:10]), published[11:]) == published


def test_container_numbers_carry_the_check_digit_of_iso_6346():
    assert identifiers.container("CSQU", 305438) == "CSQU3054383"
    assert all(iso6346.is_valid(identifiers.container("GLNU", number)) for number in range(1000))


def test_an_sscc_has_18_digits_and_a_gs1_check_digit():
    codes = [identifiers.sscc("4000001", number) for number in range(100)]
    assert all(len(code) == 18 and ean.calc_check_digit(code[:-1]) == code[-1] for code in codes)
    assert len(set(codes)) == 100


def test_a_receptacle_has_29_characters():
    assert {len(identifiers.receptacle("CNSHAA", "DEFRAA", Random(n))) for n in range(200)} == {29}


def test_a_line_of_truth_names_item_guilt_and_scheme_alone():
    truth = Truth("X1", "undervaluation", "UNDERVALUATION", 99.0, "851713", "DE004851")
    assert truth.line() == b'{"itemId":"X1","illicit":true,"scheme":"undervaluation"}\n'
