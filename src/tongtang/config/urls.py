"""Every address of the house, by context."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("tongtang.shell.urls")),
    path("", include("tongtang.access.urls")),
    path("consent/", include("tongtang.consent.urls")),
    path("classroom/", include("tongtang.classroom.urls")),
    path("oversight/", include("tongtang.oversight.urls")),
    path("alliances/", include("tongtang.alliances.urls")),
    path("lessons/", include("tongtang.lessons.urls")),
    path("timetable/", include("tongtang.timetable.urls")),
    path("library/", include("tongtang.library.urls")),
    path("preparation/", include("tongtang.preparation.urls")),
    path("operations/", include("tongtang.operations.urls")),
    path("calendar/", include("tongtang.exchange.calendar_urls")),
    path("notices/", include("tongtang.notices.urls")),
    path("imports/", include("tongtang.exchange.urls")),
]
