"""Classic timetables: one institution, one grid of days and hours, activities with their teachers, pupils and rooms.

`model` is the input, `solve` finds a timetable, `check` judges one and shares no code with what finds it.
"""
