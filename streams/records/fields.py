"""The kinds of field records are made of: shape, length and range in one place, checked by compiled pydantic.

All of it is strict: `"3"`, `3.0` and `true` are no integers, an epoch number is no time, `[0-9]` knows no other
script's digits, and no text holds a control character. The shapes below have reject codes of their own; which
code belongs to which shape stands in `SHAPES`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from streams.records.check_digits import gtin_is_valid, iso6346_is_valid
from streams.records.codelists import COUNTRIES
from streams.records.codes import Reject

STRICT = ConfigDict(extra="forbid", strict=True)

TEXT = r"^\P{Cc}*[^\p{Cc}\s]\P{Cc}*$"
TIME = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
DATE = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
REFERENCE = r"^[A-Za-z0-9._:/-]{1,70}$"
ITEM_ID = r"^([!-?A-~]*|[ -?A-~]*[0-9][ -?A-~]*)$"  # ASCII; what has spaces and no digit is a name, @ is mail
CONTAINER = r"^[A-Z]{3}[UJZR][0-9]{7}$"
RECEPTACLE = r"^[A-Z]{2}[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{4}[A-Z][A-Z0-9]{2}[0-9]{14}$"  # UPU S9
IOSS = r"^IM[0-9]{10}$"
HS_CODE = r"^[0-9]{6}([0-9]{2}){0,2}$"

SHAPES: Mapping[str, Reject] = {
    ITEM_ID: Reject.ITEM_ID_FORMAT,
    CONTAINER: Reject.CONTAINER_ID_FORMAT,
    RECEPTACLE: Reject.RECEPTACLE_ID_FORMAT,
    IOSS: Reject.IOSS_FORMAT,
    HS_CODE: Reject.HS_CODE_FORMAT,
    TIME: Reject.TIME_FORMAT,
    DATE: Reject.TIME_FORMAT,
}
"""The reject code of a shape that has one of its own; every other shape is `FIELD_FORMAT`."""


def _on_the_calendar(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:  # the 30th of February
        raise PydanticCustomError(Reject.TIME_FORMAT, "no such day") from None
    return text


def _container(text: str) -> str:
    if not iso6346_is_valid(text):
        raise PydanticCustomError(Reject.CONTAINER_ID_CHECK_DIGIT, "check digit")
    return text


def _gtin(text: str) -> str:
    if not gtin_is_valid(text):
        raise PydanticCustomError(Reject.GTIN_CHECK_DIGIT, "check digit")
    return text


@dataclass(frozen=True)
class Number:
    """A decimal number that JSON may carry as text or as a number; what comes out is a float.

    `whole_digits` before the point and `decimals` after it: ten and six are the WCO's n..16,6.
    """

    decimals: int
    above_zero: bool = False
    whole_digits: int = 10

    @property
    def pattern(self) -> str:
        return rf"^[0-9]{{1,{self.whole_digits}}}(\.[0-9]{{1,{self.decimals}}})?$"

    @property
    def _limits(self) -> dict[str, Any]:
        return {"gt": 0} if self.above_zero else {"ge": 0}

    def _fitting(self, number: float) -> float:
        """A JSON number has no more decimals than allowed; pydantic's `multiple_of` errs on large ones."""
        if round(number, self.decimals) != number:
            raise ValueError("too many decimals")
        return number + 0.0  # no minus before a zero

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        text = core_schema.str_schema(pattern=self.pattern, strict=True)
        in_range = core_schema.float_schema(strict=True, allow_inf_nan=False, lt=10**self.whole_digits, **self._limits)
        number = core_schema.no_info_after_validator_function(self._fitting, in_range)
        from_text = core_schema.chain_schema([text, core_schema.float_schema(strict=False, **self._limits)])
        return core_schema.custom_error_schema(
            core_schema.union_schema([from_text, number], mode="left_to_right"),
            custom_error_type="NUMBER",  # which of the number codes it is: `streams.intake.faults`
            custom_error_message="number",
            custom_error_context={"above_zero": self.above_zero, "whole_digits": self.whole_digits},
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        limit = {"exclusiveMinimum": 0} if self.above_zero else {"minimum": 0}
        return {"anyOf": [{"type": "string", "pattern": self.pattern}, {"type": "number", **limit}]}


@dataclass(frozen=True)
class InIso3166:
    """A country of ISO 3166-1; `COUNTRY_UNKNOWN` or `FIELD_FORMAT` otherwise."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.custom_error_schema(
            core_schema.literal_schema(sorted(COUNTRIES)),
            custom_error_type="COUNTRY",
            custom_error_message="country",
        )


def text(length: int) -> Any:
    """Free text of 1 to `length` characters, not only white space, without control characters."""
    return Field(min_length=1, max_length=length, pattern=TEXT)


Text9 = Annotated[str, text(9)]
Text17 = Annotated[str, text(17)]
Text35 = Annotated[str, text(35)]
Text50 = Annotated[str, text(50)]
Text70 = Annotated[str, text(70)]
Text100 = Annotated[str, text(100)]
Text256 = Annotated[str, text(256)]
Text512 = Annotated[str, text(512)]

Version = Literal["1.0"]
Reference = Annotated[str, Field(min_length=1, max_length=70, pattern=REFERENCE)]
ProviderId = Annotated[str, Field(min_length=1, max_length=70, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")]
ItemId = Annotated[str, Field(min_length=1, max_length=35, pattern=ITEM_ID)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
KnownCountry = Annotated[str, InIso3166()]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Locode = Annotated[str, Field(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$")]
ContainerId = Annotated[str, Field(pattern=CONTAINER), AfterValidator(_container)]
ReceptacleId = Annotated[str, Field(pattern=RECEPTACLE)]
IossNumber = Annotated[str, Field(pattern=IOSS)]
HsCode = Annotated[str, Field(pattern=HS_CODE)]
Gtin = Annotated[str, Field(pattern=r"^([0-9]{8}|[0-9]{12,14})$"), AfterValidator(_gtin)]
QuantityType = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
Unit = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,3}$")]
Time = Annotated[str, Field(pattern=TIME), AfterValidator(_on_the_calendar)]
Date = Annotated[str, Field(pattern=DATE), AfterValidator(_on_the_calendar)]
Count = Annotated[int, Field(ge=1, le=99_999_999)]
Amount = Annotated[float, Number(decimals=3, whole_digits=13)]
Quantity = Annotated[float, Number(decimals=6)]
MassAboveZero = Annotated[float, Number(decimals=6, above_zero=True)]
Real = Annotated[float, Field(allow_inf_nan=False)]
Measured = Annotated[float, Field(ge=-1e18, le=1e18, allow_inf_nan=False)]
"""What a device measures, in any unit; so far from the largest float that units and squares can do it no harm."""
