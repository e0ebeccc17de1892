"""From a score to a decision an officer can follow: lane, budget, reasons, and the alert that calls for attention."""
