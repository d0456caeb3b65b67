"""Loaded before Django's settings: every test run has a home of its own, and no variable of the developer's."""

import os
import tempfile

KEPT = {"TONGTANG_DATABASE_URL"}

for name in [name for name in os.environ if name.startswith("TONGTANG_") and name not in KEPT]:
    del os.environ[name]
os.environ["TONGTANG_HOME"] = tempfile.mkdtemp(prefix="tongtang-test-")
os.environ["TONGTANG_HOSTS"] = "testserver localhost .localhost 127.0.0.1"
