"""GMV and KPIs against their targets."""
