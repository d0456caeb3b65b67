"""Timetables as files at the border: county and schools folders, events, plans and FET files."""
