"""Addresses of notices."""

from django.urls import path

from tongtang.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.notices, name="list"),
    path("read", views.read, name="read"),
]
