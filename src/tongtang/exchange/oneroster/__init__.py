"""OneRoster 1.2 as CSV: read (bulk and delta), mapped to this house, written."""
