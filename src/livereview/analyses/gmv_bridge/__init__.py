"""Why GMV is where it is: the gap to a reference, shared out without a rest."""
