"""What is past its time is forgotten, with a proof in the chain that tells nothing of what it was."""

import json
import os
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from tests.cast import TUESDAY, Cast, add_lesson, utc

from tongtang.access.models import ActivationCode, SignInFailure
from tongtang.audit.catalogue import Then, categories
from tongtang.audit.models import Entry
from tongtang.audit.registry import WORKS, Outcome, run_all
from tongtang.audit.verify import verify
from tongtang.classroom.models import LiveSession, MediaTrack
from tongtang.foundation import clock
from tongtang.foundation.environment import environment
from tongtang.foundation.models import DoneCommand
from tongtang.library.models import Chapter, Resource

pytestmark = pytest.mark.django_db


def outcome(name: str, dry_run: bool = False) -> Outcome:
    return next(one for one in run_all(clock.now(), actor="system", dry_run=dry_run) if one.category == name)


def proofs(name: str) -> list[dict[str, object]]:
    rows = Entry.objects.filter(stream="retention", object=f"category:{name}").order_by("seq")
    return [json.loads(detail) for detail in rows.values_list("detail", flat=True)]


def days_ago(days: float):
    return clock.now() - timedelta(days=days)


def test_every_category_that_ends_has_its_work_and_no_other() -> None:
    run_all(clock.now(), actor="system", dry_run=True)
    assert set(WORKS) == {name for name, row in categories().items() if row.then is not Then.KEEP}


def test_failures_of_sign_in_go_after_a_day() -> None:
    old = SignInFailure.objects.create(subject="x", address="10.0.0.1", at=days_ago(2))
    SignInFailure.objects.create(subject="x", address="10.0.0.1", at=days_ago(0.5))
    assert outcome("sign-in-failures").forgotten.count == 1
    assert SignInFailure.objects.count() == 1
    [proof] = proofs("sign-in-failures")
    assert proof["count"] == 1
    assert proof["digest"] == sha256(str(old.pk).encode()).hexdigest()
    assert proof["from"] == proof["to"]
    assert verify().findings == []


def test_a_dry_run_deletes_nothing_and_proves_nothing() -> None:
    SignInFailure.objects.create(subject="x", address="10.0.0.1", at=days_ago(2))
    assert outcome("sign-in-failures", dry_run=True).forgotten.count == 1
    assert SignInFailure.objects.count() == 1
    assert not Entry.objects.exists()


def test_a_run_with_nothing_to_do_leaves_no_proof() -> None:
    assert {one.forgotten.count for one in run_all(clock.now(), actor="system")} == {0}
    assert not Entry.objects.exists()


def test_codes_commands_and_sessions_go_in_their_time(cast: Cast) -> None:
    for age in (31, 29):
        ActivationCode.objects.create(
            person=cast.teacher, code_hash=f"{age}", made_at=days_ago(60), expires_at=days_ago(age), used_at=None
        )
        ActivationCode.objects.create(
            person=cast.teacher,
            code_hash=f"u{age}",
            made_at=days_ago(60),
            expires_at=days_ago(-1),
            used_at=days_ago(age),
        )
    for age in (8, 6):
        DoneCommand.objects.create(key=uuid4(), command="x", done_at=days_ago(age))
    for days in (1, -1):
        Session.objects.create(session_key=f"{days}", session_data="", expire_date=days_ago(days))
    run_all(clock.now(), actor="system")
    assert sorted(ActivationCode.objects.values_list("code_hash", flat=True)) == ["29", "u29"]
    assert DoneCommand.objects.count() == Session.objects.count() == 1
    assert [proofs(name)[0]["count"] for name in ("activation-codes", "done-commands", "sessions")] == [2, 1, 1]


def recording(cast: Cast, hour: int, *, released: bool) -> tuple[Resource, Path]:
    lesson = add_lesson(cast, utc(TUESDAY, hour))
    made = Resource.objects.create(
        kind=Resource.Kind.RECORDING,
        state=Resource.State.READY,
        lesson=lesson,
        title="分数",
        region_code=lesson.region_code,
        folder=f"library/{lesson.public_id}",
        made_at=lesson.ends_at,
        released_at=lesson.ends_at if released else None,
    )
    Chapter.objects.create(resource=made, starts_second=0, title="开始")
    folder = Path(settings.MEDIA_ROOT) / made.folder
    folder.mkdir(parents=True)
    (folder / "film.m3u8").write_text("#EXTM3U")
    return made, folder


def test_a_recording_goes_after_a_school_year_unless_it_was_released(
    cast: Cast, time_machine, django_capture_on_commit_callbacks
) -> None:
    plain, plain_folder = recording(cast, 9, released=False)
    kept, kept_folder = recording(cast, 14, released=True)
    for days, remain in ((360, {plain.pk, kept.pk}), (370, {kept.pk})):
        time_machine.move_to(utc(TUESDAY, 12) + timedelta(days=days))
        with django_capture_on_commit_callbacks(execute=True):
            run_all(clock.now(), actor="system")
        assert set(Resource.objects.values_list("pk", flat=True)) == remain
    assert not plain_folder.exists()
    assert (kept_folder / "film.m3u8").exists()
    assert [proof["count"] for proof in proofs("recordings")] == [1]


def test_track_files_go_a_month_after_the_lesson(cast: Cast, django_capture_on_commit_callbacks) -> None:
    folders = []
    for hour, age in ((9, 31), (14, 29)):
        lesson = add_lesson(cast, utc(TUESDAY, hour))
        session = LiveSession.objects.create(lesson=lesson, opened_at=days_ago(age), ended_at=days_ago(age))
        MediaTrack.objects.create(session=session, participant="anchor", started_at=days_ago(age))
        folder = environment().media / "tracks" / str(lesson.public_id)
        folder.mkdir(parents=True)
        (folder / "a.mjr").write_bytes(b"x")
        folders.append(folder)
    with django_capture_on_commit_callbacks(execute=True):
        assert outcome("media-tracks").forgotten.count == 1
    assert [folder.exists() for folder in folders] == [False, True]
    assert MediaTrack.objects.count() == 1


def test_files_of_imports_go_after_half_a_year(django_capture_on_commit_callbacks) -> None:
    folder = environment().home / "imports" / "421223"
    folder.mkdir(parents=True, exist_ok=True)
    for age in (181, 179):
        path = folder / f"{age}.csv"
        path.write_text("x")
        os.utime(path, (days_ago(age).timestamp(),) * 2)
    with django_capture_on_commit_callbacks(execute=True):
        assert outcome("import-files").forgotten.count == 1
    assert [path.name for path in folder.iterdir()] == ["179.csv"]


def test_a_category_that_fails_is_named_and_stops_no_other() -> None:
    def fails(before, dry_run):
        raise OSError("disk")

    SignInFailure.objects.create(subject="x", address="10.0.0.1", at=days_ago(2))
    usual, WORKS["recordings"] = WORKS["recordings"], fails
    try:
        outcomes = {one.category: one for one in run_all(clock.now(), actor="system")}
    finally:
        WORKS["recordings"] = usual
    assert outcomes["recordings"].problem == "OSError: disk"
    assert outcomes["sign-in-failures"].forgotten.count == 1
