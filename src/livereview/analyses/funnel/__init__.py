"""Where viewers leak away between room exposure and payment, in people and in money."""
