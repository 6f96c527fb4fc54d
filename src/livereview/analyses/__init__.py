"""The battery: one folder an analysis, its name the slug."""
