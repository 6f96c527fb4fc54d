"""The same campaign as consoles export it, each file in the shape of its page."""
