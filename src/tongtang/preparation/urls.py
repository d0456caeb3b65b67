"""Addresses of preparation."""

from django.urls import path

from tongtang.preparation import views

app_name = "preparation"
urlpatterns = [
    path("", views.lessons, name="lessons"),
    path("upload/<uuid:public_id>", views.upload, name="upload"),
    path("slides/<uuid:public_id>", views.slide, name="slide"),
    path("courseware/<uuid:public_id>/remove", views.remove_courseware, name="remove-courseware"),
    path("steps/<uuid:public_id>/change", views.change_step, name="change-step"),
    path("steps/<uuid:public_id>/move", views.move_step, name="move-step"),
    path("steps/<uuid:public_id>/delete", views.delete_step, name="delete-step"),
    path("<uuid:public_id>", views.lesson, name="lesson"),
    path("<uuid:public_id>/steps", views.add_step, name="add-step"),
    path("<uuid:public_id>/default-script", views.add_default_script, name="default-script"),
]
