"""Register of risks with thresholds, status, trend and owner."""
