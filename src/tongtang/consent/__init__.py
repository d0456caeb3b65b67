"""Consent: what guardians and pupils allow, per purpose, and the rights of a child over its own data.

Words: purpose, voice (whose answer it is), answer, notice, slip, holding, place, tombstone.
"""
