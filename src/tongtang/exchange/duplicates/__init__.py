"""Pupils who may be one: found by the house, decided by a person, never merged by itself."""
