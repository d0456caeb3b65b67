"""Pages for those who watch over the rest: the audit log and the catalogue of data. It reads, and changes nothing."""
