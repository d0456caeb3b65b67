"""Headers that each answer carries: what a page may load, and who may keep a copy of it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tongtang.shell.navigation import known_actor
from tongtang.shell.page_policy import PERMISSIONS, content_security_policy

FORM = "application/x-www-form-urlencoded"
FORM_BYTES = 256 * 1024
TOO_LARGE = 413


class SecurityHeadersMiddleware:
    """Adds the policy; a page shown to somebody signed in is kept by no shared cache and by no browser history."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", content_security_policy(request.get_host()))
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if known_actor(request) is not None:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class BoundedFormMiddleware:
    """Refuses a form without files that is larger than any page of the house sends.

    Percent signs of two megabytes become three hundred megabytes of memory while they are read.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if request.content_type == FORM and length.isdecimal() and int(length) > FORM_BYTES:
            sentence = _("The form is too large. Nothing was changed. Shorten what you typed and send it again.")
            return HttpResponse(sentence, status=TOO_LARGE, content_type="text/plain; charset=utf-8")
        return self.get_response(request)
