"""Timeline: what the minute curve shows around markers, and where it stands out without one."""
