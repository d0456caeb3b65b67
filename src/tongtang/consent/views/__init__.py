"""Pages of consent: a guardian's, and a school's."""
