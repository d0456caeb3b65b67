"""Addresses of calls for help."""

from django.urls import path

from tongtang.operations import views

app_name = "operations"
urlpatterns = [
    path("backups", views.backups, name="backups"),
    path("help", views.calls, name="calls"),
    path("help/<uuid:public_id>/solve", views.solve, name="solve"),
    path("receptions/<uuid:public_id>/help", views.call, name="call"),
]
