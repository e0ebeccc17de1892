"""What devices measure: units (UN/ECE Rec 20), the one unit we compute in, and what is physically likely."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Linear(NamedTuple):
    """`value * scale + offset` is the value in the quantity's own unit."""

    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Quantity:
    """Readings come in `units`, are converted to `unit`, and are likely between `lowest` and `highest` of it."""

    unit: str
    lowest: float
    highest: float
    units: Mapping[str, Linear]

    def convert(self, value: float, uom: str) -> float:
        """`value` in the quantity's own unit.

        >>> round(QUANTITIES["Temperature"].convert(212.0, "FAH"), 6)
        100.0
        """
        scale, offset = self.units[uom]
        return value * scale + offset


SAME = Linear()
QUANTITIES: Mapping[str, Quantity] = {
    "Temperature": Quantity("CEL", -100, 150, {"CEL": SAME, "FAH": Linear(5 / 9, -160 / 9), "KEL": Linear(1, -273.15)}),
    "RelativeHumidity": Quantity("P1", 0, 100, {"P1": SAME, "C62": Linear(100)}),
    "AbsoluteHumidity": Quantity("A93", 0, 600, {"A93": SAME}),
    "Illuminance": Quantity("LUX", 0, 200_000, {"LUX": SAME}),
    "Pressure": Quantity(
        "PAL",
        1_000,
        1_000_000,
        {"PAL": SAME, "KPA": Linear(1e3), "A97": Linear(100), "MBR": Linear(100), "BAR": Linear(1e5)},
    ),
    "Acceleration": Quantity("MSK", -5_000, 5_000, {"MSK": SAME, "K40": Linear(9.80665)}),
    "Speed": Quantity("KMH", 0, 1_200, {"KMH": SAME, "MTS": Linear(3.6), "KNT": Linear(1.852), "HM": Linear(1.609344)}),
    "Angle": Quantity("DD", -360, 360, {"DD": SAME, "C81": Linear(57.29577951308232)}),
    "Altitude": Quantity("MTR", -500, 20_000, {"MTR": SAME, "FOT": Linear(0.3048), "KMT": Linear(1e3)}),
    "Length": Quantity("MTR", 0, 1e7, {"MTR": SAME, "CMT": Linear(0.01), "MMT": Linear(1e-3), "KMT": Linear(1e3)}),
    "Mass": Quantity("KGM", 0, 500_000, {"KGM": SAME, "GRM": Linear(1e-3), "TNE": Linear(1e3)}),
    "Voltage": Quantity("VLT", -1_000, 1_000, {"VLT": SAME, "2Z": Linear(1e-3)}),
    "ElectricCurrent": Quantity("AMP", -10_000, 10_000, {"AMP": SAME, "4K": Linear(1e-3)}),
    "Frequency": Quantity("HTZ", 0, 1e12, {"HTZ": SAME, "KHZ": Linear(1e3), "MHZ": Linear(1e6)}),
    "VolumeFlowRate": Quantity("MQH", 0, 100_000, {"MQH": SAME, "FQH": Linear(0.028316846592)}),
}
"""Quantities whose units we know. Of the other types below any unit is taken as it comes."""

OTHER_TYPES = frozenset(
    {
        "AbsorbedDose", "AbsorbedDoseRate", "AmountOfSubstance", "AmountOfSubstancePerUnitVolume",
        "AngularAcceleration", "AngularMomentum", "AngularVelocity", "Area", "Capacitance", "Conductance",
        "Conductivity", "Count", "Density", "Dimensionless", "DoseEquivalent", "DoseEquivalentRate",
        "DynamicViscosity", "ElectricCharge", "ElectricCurrentDensity", "ElectricFieldStrength", "Energy",
        "Exposure", "Force", "Inductance", "Irradiance", "KinematicViscosity", "LinearMomentum", "Luminance",
        "LuminousFlux", "LuminousIntensity", "MagneticFlux", "MagneticFluxDensity", "MagneticVectorPotential",
        "MassConcentration", "MassFlowRate", "MassPerAreaTime", "MemoryCapacity", "MolalityOfSolute", "MolarEnergy",
        "MolarMass", "MolarVolume", "Power", "RadiantFlux", "RadiantIntensity", "Radioactivity", "Resistance",
        "Resistivity", "SolidAngle", "SpecificVolume", "SurfaceDensity", "SurfaceTension", "Time", "Torque",
        "Volume", "VolumetricFlux",
    }
)  # fmt: skip


def is_known(kind: str) -> bool:
    """Whether EPCIS knows the type, or it is marked as somebody's own by `X_`.

    >>> is_known("Temperature"), is_known("X_DoorAngle"), is_known("Temprature")
    (True, True, False)
    """
    return kind in QUANTITIES or kind in OTHER_TYPES or kind.startswith("X_")
