"""When rooms were live: sessions, hours and slots, each beside its like."""
