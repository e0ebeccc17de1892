"""Which column of somebody's CSV is what, as a TOML file of theirs: `docs/backtest.md` explains it by examples."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from agents.errors import BadDataError

What = Literal[
    "id", "date", "price", "currency", "office", "procedure", "import_type", "import_use", "payment_type", "mode",
    "declarant", "importer", "seller", "courier", "goods_code", "departure", "origin", "tax_rate", "tax_type",
    "origin_indicator", "net_mass",
]  # fmt: skip
NEEDED = ("id", "date", "price")
Column = Annotated[str, Field(min_length=1)]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Label(Section):
    """Where it stands what an inspection found. An empty cell: nobody inspected, nobody knows."""

    column: Column
    found: list[str] = Field(min_length=1)
    clean: list[str] = Field(min_length=1)


class Severity(Section):
    """Which findings were serious."""

    column: Column
    serious: list[str] = Field(min_length=1)


class Mapping(Section):
    """What a file's columns are, and what is the same for all its rows.

    `source` stands for whoever declared, `destination` is the country of import (ISO 3166), `currency` that of prices
    (ISO 4217) unless a column tells it, `date_format` as Python's `strptime` has it, times in UTC. `codes` translate
    the cells of a column; a cell they do not name is an error.
    """

    source: str = Field(pattern=r"^[A-Za-z0-9._:/+-]{1,35}$")
    destination: str = Field(pattern=r"^[A-Z]{2}$")
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    mass_unit: Literal["KGM", "GRM"] = "KGM"
    date_format: str = "%Y-%m-%d"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    encoding: str = "utf-8-sig"
    columns: dict[What, Column]
    codes: dict[What, dict[str, str]] = Field(default_factory=dict)
    label: Label | None = None
    severity: Severity | None = None

    @model_validator(mode="after")
    def _be_complete(self) -> Self:
        if missing := [what for what in NEEDED if what not in self.columns]:
            raise ValueError(f"columns must name {', '.join(missing)}")
        if self.currency is None and "currency" not in self.columns:
            raise ValueError("currency must be told, once for all or as a column")
        if stray := [what for what in self.codes if what not in self.columns]:
            raise ValueError(f"codes are given for {', '.join(stray)}, which no column is")
        return self

    @property
    def named(self) -> set[str]:
        """Every column the file must have."""
        return {*self.columns.values(), *(part.column for part in (self.label, self.severity) if part)}


def read_mapping(path: Path) -> Mapping:
    """The mapping in a TOML file. Raises `BadDataError`, saying what is wrong where."""
    try:
        return Mapping.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadDataError(f"{path} is not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the mapping"
        raise BadDataError(f"{path}, {place}: {first['msg'].removeprefix('Value error, ')}") from error
