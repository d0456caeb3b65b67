"""A county's roster as plain values: what stands, what a file wants, what differs, and the one write of it."""
