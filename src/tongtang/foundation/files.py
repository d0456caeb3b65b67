"""Handing out a stored file after a rights check: by nginx where it stands in front, else by this process."""

import mimetypes
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils._os import safe_join

# nginx sets this header itself and overwrites what a visitor sent (config/nginx.py).
FRONT_HEADER, FRONT_VALUE = "X-Sendfile-Type", "X-Accel-Redirect"
PROTECTED = "/protected/"
TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".m4s": "video/mp4", ".mp4": "video/mp4", ".webp": "image/webp"}
A_YEAR = 365 * 24 * 3600


def send_stored_file(request: HttpRequest, path: str, *, seconds: int = A_YEAR) -> HttpResponseBase:
    """The file at `path` below the media folder; a browser, and no shared cache, may keep it for `seconds`.

    Raises:
        Http404: there is no such file, or `path` leads out of the media folder.
    """
    try:
        full = safe_join(str(settings.MEDIA_ROOT), path)
    except SuspiciousFileOperation as error:
        raise Http404 from error
    ending = path[path.rfind(".") :]
    content_type = TYPES.get(ending) or mimetypes.guess_type(path)[0] or "application/octet-stream"
    response: HttpResponseBase
    if request.headers.get(FRONT_HEADER) == FRONT_VALUE:
        response = HttpResponse(content_type=content_type, headers={"X-Accel-Redirect": PROTECTED + quote(path)})
    else:
        try:
            response = FileResponse(open(full, "rb"), content_type=content_type)  # noqa: SIM115 the answer closes it
        except (FileNotFoundError, IsADirectoryError) as error:
            raise Http404 from error
    response.headers["Cache-Control"] = f"private, max-age={seconds}, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
