"""Journeys: real browsers against a whole running house, with a real Janus."""
