"""What may leave the house, and on whose word."""
