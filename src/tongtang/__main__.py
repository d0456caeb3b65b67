"""`python -m tongtang` is the `tongtang` command."""

import sys

from tongtang.config.cli import main

sys.exit(main())
