"""Addresses of the live lesson."""

from django.urls import path

from tongtang.classroom.views import lessons, room, studio
from tongtang.foundation.service_worker import worker

app_name = "classroom"
urlpatterns = [
    path("lessons", lessons.lessons, name="lessons"),
    path("lessons/<uuid:public_id>/studio", studio.studio, name="studio"),
    path("lessons/<uuid:public_id>/studio/snapshot", studio.snapshot, name="studio-snapshot"),
    path("lessons/<uuid:public_id>/studio/rooms", studio.rooms, name="studio-rooms"),
    path("lessons/<uuid:public_id>/open", studio.open_lesson, name="open"),
    path("lessons/<uuid:public_id>/start", studio.start, name="start"),
    path("lessons/<uuid:public_id>/end", studio.end, name="end"),
    path("lessons/<uuid:public_id>/slide", studio.slide, name="slide"),
    path("lessons/<uuid:public_id>/step", studio.step, name="step"),
    path("lessons/<uuid:public_id>/stage", studio.stage, name="stage"),
    path("lessons/<uuid:public_id>/stage/clear", studio.clear_stage, name="clear-stage"),
    path("lessons/<uuid:public_id>/hand/lower", studio.lower_hand, name="lower-hand"),
    path("lessons/<uuid:public_id>/recording", studio.recording, name="recording"),
    path("lessons/<uuid:public_id>/poll", studio.open_poll, name="open-poll"),
    path("lessons/<uuid:public_id>/poll/close", studio.close_poll, name="close-poll"),
    path("lessons/<uuid:public_id>/push-ticket", studio.studio_push_ticket, name="studio-push-ticket"),
    path("lessons/<uuid:public_id>/media-ticket", studio.studio_media_ticket, name="studio-media-ticket"),
    path("receptions/<uuid:public_id>/wall", room.wall, name="wall"),
    path("receptions/<uuid:public_id>/wall/snapshot", room.wall_snapshot, name="wall-snapshot"),
    path("receptions/<uuid:public_id>/join", room.join, name="join"),
    path("receptions/<uuid:public_id>/received", room.received, name="received"),
    path("receptions/<uuid:public_id>/leave", room.leave, name="leave"),
    path("receptions/<uuid:public_id>/camera", room.camera, name="camera"),
    path("receptions/<uuid:public_id>/push-ticket", room.room_push_ticket, name="room-push-ticket"),
    path("receptions/<uuid:public_id>/media-ticket", room.room_media_ticket, name="room-media-ticket"),
    path("receptions/<uuid:public_id>/phone", room.phone_page, name="phone"),
    path("receptions/<uuid:public_id>/phone/snapshot", room.phone_snapshot, name="phone-snapshot"),
    path("live-access/<uuid:public_id>", room.live_access, name="live-access"),
    path("receptions/<uuid:public_id>/hand-over", room.hand_over, name="hand-over"),
    path("worker.js", worker, name="worker"),
]
