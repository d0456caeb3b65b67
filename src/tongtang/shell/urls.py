"""The page of today, of staff and of pupils; a guardian's pages."""

from django.urls import path

from tongtang.shell import views

app_name = "shell"
urlpatterns = [
    path("", views.today, name="today"),
    path("my/", views.my_day, name="my-day"),
    path("pupils/day", views.room_day, name="room-day"),
    path("children/", views.children, name="children"),
    path("children/<uuid:public_id>", views.child, name="child"),
]
