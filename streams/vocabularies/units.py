"""Units of other lists in those of UN/ECE Rec 20, as our records use them."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeGuard


class Measure(NamedTuple):
    """What a unit measures: our type and unit, and what one of the source's is in ours."""

    type: str
    uom: str
    scale: float = 1.0


SENML: Mapping[str, Measure] = {
    "Cel": Measure("Temperature", "CEL"),
    "K": Measure("Temperature", "KEL"),
    "%RH": Measure("RelativeHumidity", "P1"),
    "lx": Measure("Illuminance", "LUX"),
    "Pa": Measure("Pressure", "PAL"),
    "hPa": Measure("Pressure", "A97"),
    "m/s2": Measure("Acceleration", "MSK"),
    "m/s": Measure("Speed", "MTS"),
    "km/h": Measure("Speed", "KMH"),
    "rad": Measure("Angle", "C81"),
    "m": Measure("Length", "MTR"),
    "km": Measure("Length", "KMT"),
    "cm": Measure("Length", "CMT"),
    "mm": Measure("Length", "MMT"),
    "kg": Measure("Mass", "KGM"),
    "g": Measure("Mass", "GRM"),
    "V": Measure("Voltage", "VLT"),
    "mV": Measure("Voltage", "2Z"),
    "A": Measure("ElectricCurrent", "AMP"),
    "mA": Measure("ElectricCurrent", "4K"),
    "Hz": Measure("Frequency", "HTZ"),
    "MHz": Measure("Frequency", "MHZ"),
    "m3/s": Measure("VolumeFlowRate", "MQH", 3600.0),
    "l/s": Measure("VolumeFlowRate", "MQH", 3.6),
    "m2": Measure("Area", "MTK"),
    "m3": Measure("Volume", "MTQ"),
    "l": Measure("Volume", "LTR"),
    "kg/m3": Measure("Density", "KMQ"),
    "ug/m3": Measure("MassConcentration", "GQ"),
    "s": Measure("Time", "SEC"),
    "min": Measure("Time", "MIN"),
    "h": Measure("Time", "HUR"),
    "W": Measure("Power", "WTT"),
    "kW": Measure("Power", "KWT"),
    "J": Measure("Energy", "JOU"),
    "kWh": Measure("Energy", "KWH"),
    "N": Measure("Force", "NEW"),
    "Ohm": Measure("Resistance", "OHM"),
    "Bq": Measure("Radioactivity", "BQL"),
    "Sv": Measure("DoseEquivalent", "D13"),
    "Gy": Measure("AbsorbedDose", "A95"),
    "T": Measure("MagneticFluxDensity", "D33"),
    "W/m2": Measure("Irradiance", "D54"),
    "count": Measure("Count", "C62"),
    "/": Measure("Dimensionless", "C62"),
    "%": Measure("Dimensionless", "P1"),
    "/100": Measure("Dimensionless", "P1"),
    "ppm": Measure("Dimensionless", "59"),
    "dB": Measure("Dimensionless", "2N"),
    "pH": Measure("Dimensionless", "Q30"),
    "": Measure("Dimensionless", "C62"),
}
"""Units of SenML (RFC 8428, section 12.1, and RFC 8798) that we have a type for."""

UCUM: Mapping[str, str] = {
    "Cel": "CEL", "[degF]": "FAH", "K": "KEL", "%": "P1", "1": "C62", "g/m3": "A93", "lx": "LUX", "Pa": "PAL",
    "kPa": "KPA", "hPa": "A97", "mbar": "MBR", "bar": "BAR", "m/s2": "MSK", "[g]": "K40", "m/s": "MTS", "km/h": "KMH",
    "[kn_i]": "KNT", "deg": "DD", "rad": "C81", "m": "MTR", "cm": "CMT", "mm": "MMT", "km": "KMT", "kg": "KGM",
    "g": "GRM", "t": "TNE", "V": "VLT", "mV": "2Z", "A": "AMP", "mA": "4K", "Hz": "HTZ", "kHz": "KHZ", "MHz": "MHZ",
    "m3/h": "MQH", "[cft_i]/h": "FQH",
}  # fmt: skip
QUDT: Mapping[str, str] = {
    "DEG_C": "CEL", "DEG_F": "FAH", "K": "KEL", "PERCENT": "P1", "PERCENT_RH": "P1", "UNITLESS": "C62",
    "GM-PER-M3": "A93", "LUX": "LUX", "PA": "PAL", "KiloPA": "KPA", "HectoPA": "A97", "MilliBAR": "MBR", "BAR": "BAR",
    "M-PER-SEC2": "MSK", "G": "K40", "M-PER-SEC": "MTS", "KiloM-PER-HR": "KMH", "KN": "KNT", "DEG": "DD", "RAD": "C81",
    "M": "MTR", "CentiM": "CMT", "MilliM": "MMT", "KiloM": "KMT", "KiloGM": "KGM", "GM": "GRM", "TONNE": "TNE",
    "V": "VLT", "MilliV": "2Z", "A": "AMP", "MilliA": "4K", "HZ": "HTZ", "KiloHZ": "KHZ", "MegaHZ": "MHZ",
    "M3-PER-HR": "MQH", "FT3-PER-HR": "FQH",
}  # fmt: skip
QUDT_UNIT = re.compile(r"(?:https?://qudt\.org/vocab/unit/|unit:|qudt:)(.+)")


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether a JSON value is a number, which to Python true and false are too."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def rec20(unit: str) -> str:
    """The code of UN/ECE Rec 20 of a unit that is given by it, by UCUM or by QUDT; what is none of these stays.

    >>> rec20("CEL"), rec20("[degF]"), rec20("http://qudt.org/vocab/unit/DEG_C"), rec20("furlong")
    ('CEL', 'FAH', 'CEL', 'furlong')
    """
    if found := QUDT_UNIT.fullmatch(unit):
        return QUDT.get(found[1], unit)
    return UCUM.get(unit, unit)
