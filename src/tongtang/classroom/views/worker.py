"""The service worker of the classroom's pages, from their own folder: a worker governs what lies below its address."""

from django.contrib.staticfiles import finders
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_GET


@require_GET
def worker(request: HttpRequest) -> FileResponse:
    """The built script; holds no data, so that everybody may have it."""
    path = finders.find("build/classroom-worker.js")
    if path is None:
        raise Http404
    answer = FileResponse(open(path, "rb"), content_type="text/javascript; charset=utf-8")  # noqa: SIM115
    answer.headers["Cache-Control"] = "no-cache"
    return answer
