"""The public Customs-Declaration-Datasets (synthetic Korean import declarations, MIT), by the mapping `kcs.toml`.

https://github.com/Seondong/Customs-Declaration-Datasets
"""

from functools import cache
from pathlib import Path

from agents.convert.declarations import Declarations
from agents.convert.mapping import read_mapping

MAPPING = Path(__file__).with_name("kcs.toml")


@cache
def declarations() -> Declarations:
    """What reads these files."""
    return Declarations(read_mapping(MAPPING))
