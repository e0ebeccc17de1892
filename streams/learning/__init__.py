"""How good the selection is, measured on labelled history."""

from streams.learning.evaluation import Quality, auc, calibration_error, evaluate

__all__ = ["Quality", "auc", "calibration_error", "evaluate"]
