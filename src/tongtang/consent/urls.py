"""Addresses of consent: a guardian's, and a school's."""

from django.urls import path

from tongtang.consent.views import guardian, school

app_name = "consent"
urlpatterns = [
    path("join", guardian.join, name="join"),
    path("children/<uuid:public_id>", guardian.child, name="child"),
    path("children/<uuid:public_id>/answer", guardian.answer, name="answer"),
    path("children/<uuid:public_id>/export", guardian.export, name="export"),
    path("children/<uuid:public_id>/download", guardian.download, name="download"),
    path("children/<uuid:public_id>/correction", guardian.correction, name="correction"),
    path("children/<uuid:public_id>/deletion", guardian.deletion, name="deletion"),
    path("classes/", school.classes, name="classes"),
    path("classes/<uuid:public_id>", school.home_class, name="class"),
    path("classes/<uuid:public_id>/slips", school.slips, name="slips"),
    path("pupils/<uuid:public_id>/slip", school.slip, name="slip"),
    path("pupils/<uuid:public_id>/paper", school.paper, name="paper"),
    path("requests/", school.requests, name="requests"),
    path("requests/<uuid:public_id>", school.decide, name="decide"),
]
