"""Weekly plan, its publication over the term's calendar, and the week's views; `solver/` holds the one checker of plans."""
