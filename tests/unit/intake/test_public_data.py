"""The public customs data set, as converted: thin rows are flagged, none is refused."""

from collections import Counter
from pathlib import Path

from agents.convert import kcs
from streams.topics import CASES, MANIFESTS
from tests.intake_examples import bodies, take


def test_of_the_public_declarations_none_is_refused_and_the_thin_ones_are_flagged(data_dir: Path) -> None:
    kinds: Counter[str] = Counter()
    flags: Counter[str] = Counter()

    for manifest in kcs.declarations().manifests(data_dir / "customs" / "declarations_valid.csv"):
        [case] = bodies(take(MANIFESTS, manifest), CASES)
        kinds[case["kind"]] += 1
        flags.update(case.get("flags", ()))

    assert kinds == {"filing": 8_134}
    assert (flags["MASS_MISSING"], flags["COUNTRY_UNKNOWN"]) == (55, 12)
