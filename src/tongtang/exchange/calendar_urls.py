"""Addresses of calendars."""

from django.urls import path

from tongtang.exchange.views import calendars, weeks

app_name = "calendars"
urlpatterns = [
    path("", calendars.own, name="own"),
    path("subscribe", calendars.subscribe, name="subscribe"),
    path("<uuid:public_id>/revoke", calendars.revoke, name="revoke"),
    path("weeks/<slug:kind>/<uuid:of>.xlsx", weeks.sheet, name="sheet"),
    path("weeks/county/<int:code>.xlsx", weeks.county_sheet, name="county-sheet"),
    path("weeks/alliance/<uuid:public_id>/week.xlsx", weeks.alliance_sheet, name="alliance-sheet"),
    path("<str:secret>.ics", calendars.feed, name="feed"),
]
