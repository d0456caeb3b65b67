"""The pure engine of the unified timetable: plain functions on frozen dataclasses, no Django, no clock, no database.

`model` holds the input, `fit` the algebra of bells and clock, `verify` the one checker of weekly plans with its words
in `violation`, `expand` the way from a weekly plan to dated lessons, `difference` what a new plan does to published
lessons.
"""
