"""From scores to probabilities: Platt's sigmoid, isotonic regression, temperature; and how honest probabilities are.

    platt = spanwise.calibration.platt(margins, y)   # of held-out rows
    platt.apply(new_margins)
"""

from ._spanwise.calibration import (
    Isotonic,
    Platt,
    ReliabilityCurve,
    Temperature,
    isotonic,
    platt,
    reliability_curve,
    temperature,
)

__all__ = [
    "Isotonic",
    "Platt",
    "ReliabilityCurve",
    "Temperature",
    "isotonic",
    "platt",
    "reliability_curve",
    "temperature",
]
