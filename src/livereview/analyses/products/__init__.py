"""What sold, what was only seen, and what ran out."""
