"""Calls for help from a classroom."""
