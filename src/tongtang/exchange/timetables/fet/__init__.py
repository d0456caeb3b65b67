"""FET files (.fet, XML): read into a classic institution, the result written back as locked starts and rooms.

`reader` and `constraints` read, `writer` writes, `result` reads the timetable that FET itself made.
"""
