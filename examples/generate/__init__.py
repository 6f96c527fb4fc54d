"""The example campaign: a seeded, synthetic promotion whose review has a known answer."""
