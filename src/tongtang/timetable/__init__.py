"""Weekly plan, its publication over the calendar, the week's views; `solver/` holds the one checker of plans."""
