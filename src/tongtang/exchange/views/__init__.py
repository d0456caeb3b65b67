"""Pages of imports, of what waits, of sources, of changes of schools, and downloads."""
