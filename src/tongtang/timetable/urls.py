"""Addresses of the timetable."""

from django.urls import include, path

from tongtang.timetable import make_up_views, views

app_name = "timetable"
urlpatterns = [
    path("", views.week, name="week"),
    path("classes/<uuid:public_id>", views.class_week, name="class-week"),
    path("teachers/<uuid:public_id>", views.teacher_week, name="teacher-week"),
    path("schools/<uuid:public_id>", views.school_week, name="school-week"),
    path("schools/<uuid:public_id>/wall", views.wall, name="wall"),
    path("receptions/<uuid:public_id>/make-up", make_up_views.make_up, name="make-up"),
    path("counties/<int:code>", views.county_week, name="county-week"),
    path("", include("tongtang.timetable.plans.urls")),
]
