"""Addresses of alliances."""

from django.urls import path

from tongtang.alliances import views

app_name = "alliances"
urlpatterns = [
    path("", views.alliances, name="list"),
    path("<uuid:public_id>", views.alliance, name="detail"),
    path("<uuid:public_id>/apply", views.apply, name="apply"),
    path("memberships/<uuid:public_id>/decide", views.decide, name="decide"),
]
