"""Media tests: pure rules, and a real Janus, nginx and Chromium in a network namespace made for the run."""
