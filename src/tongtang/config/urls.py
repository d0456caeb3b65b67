"""Every address of the house, by context."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("tongtang.shell.urls")),
    path("classroom/", include("tongtang.classroom.urls")),
    path("timetable/", include("tongtang.timetable.urls")),
]
