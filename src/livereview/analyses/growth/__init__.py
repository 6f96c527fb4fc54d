"""Growth: this campaign against the previous one and last year."""
