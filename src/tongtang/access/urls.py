"""Addresses of entering the house, of its staff and of its rooms."""

from django.urls import path

from tongtang.access.views import entrance, people, pupil_entrance, pupils, rooms
from tongtang.foundation.service_worker import worker

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
    path("pupils/sign-in", pupil_entrance.pupil_sign_in, name="pupil-sign-in"),
    path("pupils/pack", pupil_entrance.pupil_pack, name="pupil-pack"),
    path("pupils/sign-ins", pupil_entrance.pupil_sign_ins, name="pupil-sign-ins"),
    path("pupils/worker.js", worker, name="pupil-worker"),
    path("my/sign-out", pupil_entrance.pupil_sign_out, name="pupil-sign-out"),
    path("pupils/classes/", pupils.pupil_classes, name="pupil-classes"),
    path("pupils/classes/<uuid:public_id>", pupils.pupil_class, name="pupil-class"),
    path("pupils/classes/<uuid:public_id>/give", pupils.give_secrets, name="give-secrets"),
    path("pupils/classes/<uuid:public_id>/rooms", pupils.sign_in_rooms, name="sign-in-rooms"),
    path("pupils/classes/<uuid:public_id>/code", pupils.class_code, name="class-code"),
    path("pupils/classes/<uuid:public_id>/<uuid:pupil>/give", pupils.give_pupil_secrets, name="give-pupil-secrets"),
    path(
        "pupils/classes/<uuid:public_id>/<uuid:pupil>/revoke",
        pupils.revoke_pupil_secrets,
        name="revoke-pupil-secrets",
    ),
    path("devices/<uuid:public_id>/revoke", rooms.revoke, name="revoke-device"),
]
