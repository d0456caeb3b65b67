"""Whole schools' weeks from an uploaded zip: searched in the background, checked, given back as a zip."""
