"""Tables as files that a spreadsheet opens, safe against formulas in names."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse

from tongtang.foundation.spreadsheets import safe_text


def safe_cell(value: Any) -> str:
    """A value as text that no spreadsheet computes; numbers stay numbers."""
    return safe_text(value) if isinstance(value, str) else "" if value is None else str(value)


def sheet(name: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A CSV file `name`.csv in UTF-8 with its mark, which Excel needs; `name` in ASCII."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    for row in [header, *rows]:
        writer.writerow([safe_cell(value if isinstance(value, int | float) else str(value)) for value in row])
    response = HttpResponse(lines.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
