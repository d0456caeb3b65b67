"""Every address of the house, by context."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("classroom/", include("tongtang.classroom.urls")),
    path("operations/", include("tongtang.operations.urls")),
]
