"""Backups of a home: encrypted, checked, to any moment. Everything but `checks` runs without Django."""
