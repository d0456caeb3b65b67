"""Addresses of entering the house, of its staff and of its rooms."""

from django.urls import path

from tongtang.access.views import entrance, people, rooms

app_name = "access"
urlpatterns = [
    path("sign-in", entrance.sign_in, name="sign-in"),
    path("activate", entrance.activate, name="activate"),
    path("enrol-device", entrance.enrol_device, name="enrol-device"),
    path("sign-out", entrance.sign_out, name="sign-out"),
    path("people/", people.people, name="people"),
    path("people/new", people.new_person, name="new-person"),
    path("people/<uuid:public_id>/code", people.renew_code, name="renew-code"),
    path("people/<uuid:public_id>/roles", people.roles, name="roles"),
    path("people/<uuid:public_id>/roles/end", people.end_role, name="end-role"),
    path("schools/<uuid:public_id>/first-codes", people.first_codes, name="first-codes"),
    path("rooms/", rooms.rooms, name="rooms"),
    path("rooms/<uuid:public_id>/code", rooms.device_code, name="device-code"),
    path("devices/<uuid:public_id>/revoke", rooms.revoke, name="revoke-device"),
]
