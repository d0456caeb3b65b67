"""Commands of organisations."""
