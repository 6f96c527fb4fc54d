"""Traffic: what every source of viewers brought, and at what price."""
