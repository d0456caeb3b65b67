"""Entries of the audit chain that are written for a request name where it came from."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from tongtang.access.throttle import address_of
from tongtang.audit.api import coming_from


class SourceMiddleware:
    """Stands around everything that may write entries."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with coming_from(address_of(request)):
            return self.get_response(request)
