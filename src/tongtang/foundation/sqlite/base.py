"""The connection behind `ENGINE = "tongtang.foundation.sqlite"`: the other half of `constraints.committed_within`."""

import time
from math import inf
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """SQLite has no trigger that fires at COMMIT: triggers set the bound, and the connection holds it."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.began, self.bound = 0.0, inf

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.create_function("commit_within", 1, self.commit_within)
        return connection

    def commit_within(self, seconds: float) -> None:
        """The transaction must end `seconds` after its beginning; of several bounds the shortest holds."""
        self.bound = min(self.bound, seconds)

    def _start_transaction_under_autocommit(self) -> None:
        super()._start_transaction_under_autocommit()  # type: ignore[misc] # missing in the stubs
        self.began, self.bound = time.monotonic(), inf

    def _commit(self) -> None:
        if time.monotonic() - self.began > self.bound:
            raise OperationalError(f"the transaction was open for more than {self.bound} s: nothing was written")
        super()._commit()  # type: ignore[misc] # missing in the stubs
