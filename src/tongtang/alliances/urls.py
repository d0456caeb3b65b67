"""Addresses of alliances."""

from django.urls import path

from tongtang.alliances import match_views as matches
from tongtang.alliances import views

app_name = "alliances"
urlpatterns = [
    path("", views.alliances, name="list"),
    path("matches", matches.matches, name="matches"),
    path("schools/<uuid:public_id>/profile", matches.profile, name="profile"),
    path("<uuid:public_id>/limit", views.limit, name="limit"),
    path("<uuid:public_id>", views.alliance, name="detail"),
    path("<uuid:public_id>/apply", views.apply, name="apply"),
    path("memberships/<uuid:public_id>/decide", views.decide, name="decide"),
]
