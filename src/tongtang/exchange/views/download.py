"""A spreadsheet as an answer."""

from collections.abc import Iterable, Sequence

from django.http import HttpResponse

from tongtang.exchange.parcels.sheets import Cell, xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def spreadsheet(name: str, title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """`name`.xlsx of one sheet; no cell is a formula and nobody between keeps the file."""
    return attached(xlsx(title, header, rows), f"{name}.xlsx", XLSX)


def attached(content: bytes, name: str, content_type: str) -> HttpResponse:
    """A file to keep; `name` is plain ASCII."""
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
