"""iCalendar feeds (RFC 5545) of the timetable: made, read and revoked here."""
