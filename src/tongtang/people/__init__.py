"""Person, post (one teacher, several schools), pupil and enrolment."""
