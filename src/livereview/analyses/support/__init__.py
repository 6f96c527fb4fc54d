"""Support: how well and how fast questions to customer service were answered, and what of."""
