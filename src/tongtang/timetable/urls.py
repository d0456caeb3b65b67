"""Addresses of the timetable."""

from django.urls import include, path

from tongtang.foundation.service_worker import worker
from tongtang.timetable import alliance_views, gauge_views, make_up_views, views
from tongtang.timetable.orders import views as orders

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
    path("alliances/<uuid:public_id>", alliance_views.alliance_week, name="alliance-week"),
    path("lessons/<uuid:public_id>/places", alliance_views.places, name="places"),
    path("alliances/<uuid:public_id>/gauge", gauge_views.alliance_gauge, name="alliance-gauge"),
    path("alliances/<uuid:public_id>/orders/<slug:kind>", orders.new_order, name="order-new"),
    path("orders/<uuid:public_id>", orders.order, name="order"),
    path("orders/<uuid:public_id>/apply", orders.apply, name="order-apply"),
    path("orders/<uuid:public_id>/withdraw", orders.withdraw, name="order-withdraw"),
    path("schools/<uuid:public_id>/gauge", gauge_views.school_gauge, name="school-gauge"),
    path("classes/<uuid:public_id>/gauge", gauge_views.class_gauge, name="class-gauge"),
    path("rooms/<uuid:public_id>", views.room_week, name="room-week"),
    path("studios/<uuid:public_id>", views.studio_week, name="studio-week"),
    path("worker.js", worker, name="worker"),
]
