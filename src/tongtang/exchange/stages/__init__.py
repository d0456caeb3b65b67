"""An import from the upload to its end: check, diff, the word of a person, one write, report."""
