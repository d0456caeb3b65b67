"""Pupils and their enrolments as sets: read for comparison, written by what the engine does best."""
