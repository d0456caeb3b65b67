"""The page of today."""

from django.urls import path

from tongtang.shell import views

app_name = "shell"
urlpatterns = [path("", views.today, name="today")]
