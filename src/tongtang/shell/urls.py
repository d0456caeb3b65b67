"""The page of today, a guardian's pages."""

from django.urls import path

from tongtang.shell import views

app_name = "shell"
urlpatterns = [
    path("", views.today, name="today"),
    path("children/", views.children, name="children"),
    path("children/<uuid:public_id>", views.child, name="child"),
]
