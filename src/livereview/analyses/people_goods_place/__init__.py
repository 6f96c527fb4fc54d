"""People, goods and place beside their yardsticks."""
