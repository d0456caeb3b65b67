"""Addresses of calendars."""

from django.urls import path

from tongtang.exchange.views import calendars

app_name = "calendars"
urlpatterns = [
    path("", calendars.own, name="own"),
    path("subscribe", calendars.subscribe, name="subscribe"),
    path("<uuid:public_id>/revoke", calendars.revoke, name="revoke"),
    path("<str:secret>.ics", calendars.feed, name="feed"),
]
