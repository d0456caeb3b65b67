"""Addresses of lessons, receptions and the ledger."""

from django.urls import path

from tongtang.lessons import views

app_name = "lessons"
urlpatterns = [
    path("", views.ledger, name="ledger"),
    path("ledger.csv", views.ledger_sheet, name="ledger-sheet"),
    path("<uuid:public_id>", views.lesson, name="lesson"),
    path("<uuid:public_id>/receptions.csv", views.lesson_sheet, name="lesson-sheet"),
    path("<uuid:public_id>/cancel", views.cancel, name="cancel"),
    path("receptions/<uuid:public_id>", views.reception, name="reception"),
    path("receptions/<uuid:public_id>/correct", views.correct, name="correct"),
    path("receptions/<uuid:public_id>/cancel-make-up", views.cancel_make_up, name="cancel-make-up"),
]
