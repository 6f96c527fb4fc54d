"""Which figures of a session go with its GMV, in all sessions and within tiers."""
