"""Content: which type of content brings what, and what is left of it in like slots."""
