"""Every address of the house, by context."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("classroom/", include("tongtang.classroom.urls")),
    path("lessons/", include("tongtang.lessons.urls")),
    path("library/", include("tongtang.library.urls")),
    path("preparation/", include("tongtang.preparation.urls")),
]
