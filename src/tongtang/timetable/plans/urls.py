"""Addresses of searches for weekly plans, inside those of the timetable."""

from django.urls import path

from tongtang.timetable.plans import views

urlpatterns = [
    path("counties/<int:code>/plans", views.plans, name="plans"),
    path("counties/<int:code>/plans/start", views.start, name="start-plan"),
    path("plans/<uuid:public_id>", views.plan, name="plan"),
    path("plans/<uuid:public_id>/stop", views.stop, name="stop-plan"),
    path("plans/<uuid:public_id>/resume", views.resume, name="resume-plan"),
    path("plans/<uuid:public_id>/publish", views.publish, name="publish-plan"),
]
