"""A county folder of CSV files: read into typed rows, checked whole, then applied in one transaction."""
