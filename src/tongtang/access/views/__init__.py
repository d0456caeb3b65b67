"""Pages of entering the house, of its staff and of its rooms."""
