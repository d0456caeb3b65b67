"""Commands that run the house itself; a context's commands live in the context."""
