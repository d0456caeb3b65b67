"""Addresses of oversight."""

from django.urls import path

from tongtang.oversight import views

app_name = "oversight"
urlpatterns = [
    path("log", views.log, name="log"),
    path("log/export", views.export, name="export"),
    path("catalogue", views.catalogue, name="catalogue"),
]
