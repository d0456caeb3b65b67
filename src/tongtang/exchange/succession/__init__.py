"""Schools that are renamed, merged or split as of a day: what stands in the way, what moves, and the move."""
