"""Pure functions on dataclasses, no Django: clock algebra, model and the one checker of plans."""
