"""Headers that each answer carries: what a page may load, and who may keep a copy of it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tongtang.shell.navigation import known_actor

FORM = "application/x-www-form-urlencoded"
FORM_BYTES = 256 * 1024
TOO_LARGE = 413
PERMISSIONS = ", ".join(
    [
        *(f"{name}=(self)" for name in ("camera", "microphone", "display-capture", "autoplay", "fullscreen")),
        "screen-wake-lock=(self)",
        *(f"{name}=()" for name in ("geolocation", "payment", "usb", "serial")),
    ]
)


def content_security_policy(host: str) -> str:
    """Everything from this host, nothing inline.

    WebSocket addresses are spelled out because Chromium below 80 and Safari below 15.4 do not count them as 'self';
    `blob:` is for hls.js (media and its worker) and for slides drawn on the page; a `data:` worker
    asks whether the server can be reached again.
    """
    rules = {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data: blob:",
        "media-src": "'self' blob:",
        "connect-src": f"'self' ws://{host} wss://{host}",
        "worker-src": "'self' blob: data:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


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
