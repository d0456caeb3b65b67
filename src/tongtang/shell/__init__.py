"""Navigation and the page of today for each role."""
