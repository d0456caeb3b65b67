"""Stage, grade and subject."""
