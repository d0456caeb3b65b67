"""Tongtang: one lesson of a strong school is received by N weak schools on one unified timetable."""
