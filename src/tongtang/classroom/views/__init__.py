"""Pages and addresses of the live lesson, by who uses them."""
