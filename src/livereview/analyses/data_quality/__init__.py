"""What the review rests on."""
