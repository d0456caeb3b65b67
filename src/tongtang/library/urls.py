"""Addresses of the library."""

from django.urls import path

from tongtang.library import views

app_name = "library"
urlpatterns = [
    path("", views.recordings, name="recordings"),
    path("lessons/<uuid:public_id>", views.of_lesson, name="of-lesson"),
    path("<uuid:public_id>", views.replay, name="replay"),
    path("<uuid:public_id>/media/<path:name>", views.media, name="media"),
]
