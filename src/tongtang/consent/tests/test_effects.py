"""A consent at work: what a class on stage leaves behind, and that a withdrawal closes every place there is."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import models
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoCaptureOnCommitCallbacks
from tests.cast import Cast, actor_for, add_lesson, signed_in

from tongtang.audit.models import Entry
from tongtang.classroom.actions.session import call_on_stage, open_lesson, start_lesson
from tongtang.classroom.border import wishes
from tongtang.classroom.media.desired import DesiredRoom
from tongtang.classroom.media.recording import Built
from tongtang.classroom.media.rooms import Room, Surroundings
from tongtang.classroom.models import MediaTrack
from tongtang.classroom.queries import class_state, room_rows
from tongtang.classroom.stage import classes_in_tracks, drop_unallowed, note_classes
from tongtang.classroom.tasks import build_film
from tongtang.consent import actions
from tongtang.consent.holdings import places_of
from tongtang.consent.models import Purpose, Voice
from tongtang.consent.tasks import take_effect, take_effect_again
from tongtang.consent.tests.family import guardian_of, past_lesson, record_with, say, tracks_of
from tongtang.foundation import clock
from tongtang.lessons.models import EvidenceRow
from tongtang.library.models import Resource
from tongtang.library.views import KEPT_SECONDS
from tongtang.people.models import Pupil


def agree(cast: Cast, number: int, *purposes: Purpose, but: tuple[Pupil, ...] = ()) -> None:
    """All of a class but some agree, on paper."""
    one = cast.points[number]
    for pupil in one.pupils:
        for purpose in purposes:
            if pupil not in but:
                actions.enter_paper(
                    actor=actor_for(one.local),
                    pupil=pupil,
                    purpose=purpose,
                    voice=Voice.GUARDIAN,
                    agree=True,
                    witness="罗桂英",
                    signed_on=clock.today(),
                )


def on_stage(cast: Cast, number: int):
    lesson = add_lesson(cast, clock.now() - timedelta(minutes=1))
    teacher = actor_for(cast.teacher)
    open_lesson(actor=teacher, lesson=lesson, now=clock.now())
    start_lesson(actor=teacher, lesson=lesson, now=clock.now())
    reception = lesson.receptions.select_related("school", "home_class", "lesson").get(
        home_class=cast.points[number].home_class
    )
    call_on_stage(actor=teacher, lesson=lesson, reception=reception)
    return reception


def test_a_class_on_stage_is_recorded_only_when_every_child_may_be(cast: Cast) -> None:
    agree(cast, 0, Purpose.RECORDING, Purpose.IMAGES)
    agree(cast, 1, Purpose.RECORDING, but=(cast.points[1].pupils[0],))
    first = on_stage(cast, 0)
    (wish,) = wishes()
    assert wish.stage_recorded
    assert not room_rows([first])[0]["unrecorded"]
    second = first.lesson.receptions.select_related("school", "home_class").get(home_class=cast.points[1].home_class)
    call_on_stage(actor=actor_for(cast.teacher), lesson=first.lesson, reception=second)
    (wish,) = wishes()
    assert wish.recording
    assert not wish.stage_recorded
    row = room_rows([second])[0]
    assert (row["unrecorded"], row["unshown"]) == (True, True)
    assert class_state(second)["unrecorded"]
    assert cast.points[1].pupils[0].name not in json.dumps(row, ensure_ascii=False)


def test_whoever_withdraws_while_the_class_is_on_stage_is_not_recorded_any_more(cast: Cast) -> None:
    agree(cast, 0, Purpose.RECORDING, Purpose.IMAGES)
    on_stage(cast, 0)
    child = cast.points[0].pupils[0]
    say(guardian_of(cast.points[0], child), child, "recording", "no")
    (wish,) = wishes()
    assert not wish.stage_recorded


def test_the_media_process_unlinks_what_janus_writes_of_such_a_class(tmp_path: Path) -> None:
    """Janus goes on writing into a file without a name."""
    tracks = tmp_path / "tracks" / "lesson"
    tracks.mkdir(parents=True)
    stage = tracks / "videoroom-lesson-user-stage.stage-1-1-audio-0.mjr"
    anchor = tracks / "videoroom-lesson-user-anchor.anchor-studio-1-video-0.mjr"
    around = Surroundings(tmp_path / "live", tmp_path / "tracks", tmp_path, lambda _report: None, _nobody)
    wished = DesiredRoom("lesson", recording=True, source="file", file=stage, stage_reception="stage-1")
    for recorded in (True, False):
        room = Room(DesiredRoom(**{**wished.__dict__, "stage_recorded": recorded}), around)
        with stage.open("wb") as written, anchor.open("wb"):
            room.forget_unrecorded()
            assert written.write(b"voices") == 6
        assert stage.exists() is recorded
        assert anchor.exists()


async def _nobody(_lesson: str) -> None:
    return None


def test_before_a_film_is_built_tracks_without_consent_are_gone(cast: Cast) -> None:
    agree(cast, 0, Purpose.RECORDING)
    lesson = past_lesson(cast)
    record_with(lesson, cast.points[0], cast.points[1])
    assert drop_unallowed(lesson) == 1
    allowed = lesson.receptions.get(home_class=cast.points[0].home_class).public_id
    assert [name for name in tracks_of(lesson) if "user-stage" in name and str(allowed) not in name] == []
    assert len(tracks_of(lesson)) == 3


def test_a_child_that_has_left_since_was_in_the_lesson_all_the_same(cast: Cast) -> None:
    one = cast.points[0]
    agree(cast, 0, Purpose.RECORDING, but=(one.pupils[0],))
    lesson = past_lesson(cast)
    record_with(lesson, one)
    Pupil.objects.filter(pk=one.pupils[0].pk).update(ended_on=clock.today())
    one.pupils[0].enrolments.update(valid_to=clock.today() - timedelta(days=1))
    assert drop_unallowed(lesson) == 1


@pytest.fixture
def staged(cast: Cast):
    """A film with two classes on stage, both allowed."""
    agree(cast, 0, *Purpose)
    agree(cast, 1, *Purpose)
    lesson = past_lesson(cast)
    return lesson, record_with(lesson, cast.points[0], cast.points[1])


def test_a_withdrawal_closes_the_film_its_files_and_its_tracks_and_proves_it(
    cast: Cast, staged, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    lesson, film = staged
    one = cast.points[0]
    child = one.pupils[0]
    watcher = signed_in(one.local)
    media = f"/library/{film.public_id}/media/film.m3u8"
    assert b"".join(watcher.get(media)) == b"#EXTM3U"
    say(guardian_of(one, child), child, "recording", "no")
    queued = DBTaskResult.objects.get(task_path="tongtang.consent.tasks.take_effect")
    with django_capture_on_commit_callbacks(execute=True):
        take_effect.func(*queued.args_kwargs["args"])
    # Recordings: nobody gets the film, its files are gone, the class is in no track; a new film is ordered.
    assert watcher.get(media).status_code == 404
    assert not (Path(settings.MEDIA_ROOT) / "library" / str(lesson.public_id)).exists()
    reception = lesson.receptions.get(home_class=one.home_class)
    assert not any(str(reception.public_id) in name for name in tracks_of(lesson))
    assert not MediaTrack.objects.filter(participant=f"stage-{reception.public_id}").exists()
    assert DBTaskResult.objects.filter(task_path="tongtang.classroom.tasks.build_lesson_recording").count() == 1
    # The other class, which agreed, stays in it.
    other = lesson.receptions.get(home_class=cast.points[1].home_class)
    assert any(str(other.public_id) in name for name in tracks_of(lesson))
    proof = Entry.objects.get(action="consent.took_effect")
    assert json.loads(proof.detail) == {"purpose": "recording", "closed": {"recordings": 1, "stage": 0}}
    assert proof.object == f"pupil:{child.public_id}"


@pytest.mark.parametrize("noted", [True, False])
def test_without_tracks_there_is_no_new_film(cast: Cast, staged, noted: bool) -> None:
    """Thirty days later the tracks and their rows are gone; the film's own note tells, or else the evidence."""
    lesson, film = staged
    reception = lesson.receptions.get(home_class=cast.points[0].home_class)
    if noted:
        note_classes(classes_in_tracks(lesson), Path(settings.MEDIA_ROOT) / film.folder)
    else:
        EvidenceRow.objects.create(
            reception=reception, kind="stage", occurred_at=clock.now(), recorded_at=clock.now(), source="person"
        )
    MediaTrack.objects.all().delete()
    for path in (Path(settings.MEDIA_ROOT) / "tracks" / str(lesson.public_id)).iterdir():
        path.unlink()
    child = cast.points[0].pupils[0]
    say(guardian_of(cast.points[0], child), child, "recording", "no")
    take_effect.func(str(child.public_id), "recording")
    film.refresh_from_db()
    assert (film.state, film.folder) == (Resource.State.FAILED, "")
    assert film.problem


@pytest.mark.parametrize("anchor_seen", [True, False])
def test_whoever_withdraws_while_the_film_is_being_built_is_not_in_it(
    cast: Cast,
    staged,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    anchor_seen: bool,
) -> None:
    """Building takes minutes; what it has read of a class is in the film although the tracks are gone."""
    lesson, film = staged
    one, child = cast.points[0], cast.points[0].pupils[0]
    client = guardian_of(one, child)
    if not anchor_seen:
        for path in (Path(settings.MEDIA_ROOT) / "tracks" / str(lesson.public_id)).glob("*user-anchor*"):
            path.unlink()

    def ffmpeg_meanwhile(_tracks: Path, out: Path) -> Built:
        out.mkdir(parents=True, exist_ok=True)
        (out / "film.m3u8").write_text("#EXTM3U")
        say(client, child, "recording", "no")
        take_effect.func(str(child.public_id), "recording")
        return Built(2400.0, ())

    with django_capture_on_commit_callbacks(execute=True):
        build_film(str(lesson.public_id), ffmpeg_meanwhile)
    film.refresh_from_db()
    assert film.state == (Resource.State.WAITING if anchor_seen else Resource.State.FAILED)
    assert film.folder == ""
    assert not (Path(settings.MEDIA_ROOT) / "library" / str(film.public_id)).exists()


def test_a_film_without_the_childs_class_stays(cast: Cast, staged) -> None:
    _lesson, film = staged
    child = cast.points[2].pupils[0]
    say(guardian_of(cast.points[2], child), child, "recording", "no")
    take_effect.func(str(child.public_id), "recording")
    film.refresh_from_db()
    assert film.state == Resource.State.READY


def test_a_lost_job_is_made_up_for(cast: Cast, staged) -> None:
    _lesson, film = staged
    child = cast.points[0].pupils[0]
    say(guardian_of(cast.points[0], child), child, "recording", "no")
    DBTaskResult.objects.all().delete()
    take_effect_again.func()
    film.refresh_from_db()
    assert film.state != Resource.State.READY


def test_copies_in_browsers_end_within_the_day(cast: Cast, staged) -> None:
    _lesson, film = staged
    answer = signed_in(cast.points[0].local).get(f"/library/{film.public_id}/media/film.m3u8")
    assert answer.headers["Cache-Control"] == f"private, max-age={KEPT_SECONDS}, immutable"
    assert b"".join(answer)
    assert KEPT_SECONDS < 24 * 3600


def test_every_purpose_knows_its_places_and_there_is_no_other_place_for_a_childs_picture(cast: Cast) -> None:
    """Portraits: no table that names a pupil holds a file or a picture; whoever adds one adds a place."""
    assert set(places_of(Purpose.RECORDING)) == {"recordings", "stage"}
    assert set(places_of(Purpose.IMAGES)) == {"stage"}
    assert places_of(Purpose.ANALYTICS) == {}
    tables = [Pupil, *(relation.related_model for relation in Pupil._meta.related_objects)]
    files = [field for table in tables for field in table._meta.concrete_fields if isinstance(field, models.FileField)]
    assert files == []
