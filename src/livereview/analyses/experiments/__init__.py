"""Experiments: what users did who were given a variant at random, against those who were not."""
