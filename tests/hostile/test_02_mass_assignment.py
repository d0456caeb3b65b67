"""Class 2: every command with every field of every model added to it writes what it writes without them.

Each command of the matrix is given three times from one state at one moment: twice as the page sends it, then with the
names of all fields beside. What the first two write alike the third writes too; what they write each anew (random
ids and secrets) is not what was handed in.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.http import HttpResponseBase

from tests.hostile.test_fuzz import MAY_GROW
from tests.test_matrix import FOLDER, ROUTES, address_of, cast_names
from tests.world import World, make_world
from tongtang.classroom.actions.session import media_restarted, open_lesson, start_lesson
from tongtang.foundation import clock
from tongtang.foundation.once import HEADER
from tongtang.lessons.models import Lesson
from tongtang.organisations.models import School
from tongtang.people.models import Person, Pupil

WORD, NUMBER, DAY = "mass-assigned", 987_654, "2099-01-02"
MOMENT, ID = f"{DAY}T03:04:05+00:00", "0badc0de-0bad-4bad-8bad-0badc0de0bad"
# Names that other products have fallen for, beside those of our own fields.
OTHERS = (
    "is_staff", "is_superuser", "is_admin", "admin", "groups", "user_permissions", "permissions", "roles", "scope_key",
    "assignments", "verified", "score", "consent", "pk", "_state", "__class__", "actor", "subject", "tenant",
)  # fmt: skip
# Filled in where the matrix sends less than a page does, so that the command is carried out.
WHOLE: dict[str, dict[str, Any]] = {
    "access:ask-support": {"school": "@p02 school", "reason": "检查网络", "hours": "1"},
    "access:lending": {"row": "", "to": "county-officer", "first": "$tomorrow", "last": "$tomorrow"},
    "access:own-password": {"old": "x", "password": "y", "again": "y"},
    "access:pupil-reason": {"reason": "家长电话询问到课"},
    "access:security": {"second_factor": "off", "idle_minutes": "30"},
    "classroom:hand-over": {
        "entries": [
            {"uuid": "c0ffee00-0000-4000-8000-000000000001", "kind": "note", "at": 0, "payload": {"text": "听不清"}},
            {"uuid": "c0ffee00-0000-4000-8000-000000000002", "kind": "hand", "at": 0, "payload": {"raised": True}},
            {"uuid": "c0ffee00-0000-4000-8000-000000000003", "kind": "roll_call", "at": 0, "payload": {}},
        ]
    },
    "classroom:received": {
        "client": "9a3e6cf4-5f0e-4a6e-9f43-0d54f9a4b001",
        "spans": [{"uuid": "c0ffee00-0000-4000-8000-000000000004", "at": 0, "from": -300, "to": -298, "mode": "live"}],
        "link": "hls",
        "quality": 2,
    },
    "exchange:correct": {"county": "@county", "table": "schools", "id": "p01", "attribute": "name", "value": "乙校",
                         "reason": "改名"},
    "exchange:new-rule": {"county": "@county", "attribute": "pupils.name", "owner": "xj", "valid_from": "$tomorrow"},
    "exchange:rename-school": {"name": "新名小学", "day": "$today", "reason": "改名"},
    "exchange:merge-school": {"other": "@p02 school", "day": "$today", "reason": "撤并"},
    "exchange:split-school": {"name": "新校", "source_id": "n01", "classes": "@p01 class", "day": "$today",
                              "reason": "分校"},
    "exchange:settle-row": {"name": "王小明", "sex": "male", "birth_date": "2018-05-01", "home_class": "p01-g3"},
    "operations:call": {"uuid": "c0ffee00-0000-4000-8000-000000000005", "kind": "no_sound", "at": 0},
    "preparation:add-step": {"title": "跟唱", "minutes": "5", "lead": "anchor"},
    "preparation:change-step": {"title": "跟唱", "minutes": "5", "lead": "anchor"},
}  # fmt: skip
# Fields that the page itself offers beside those that were sent: whoever fills them in may.
OFFERED: dict[str, set[str]] = {
    "access:lending": {"school"},
    "access:roles": {"region", "until"},
    "access:reset-factors": {"reason"},
    "alliances:decide": {"day", "reason", "until"},
    "alliances:profile": {"languages", "level"},
    "exchange:new-rule": {"may_overwrite"},
    "preparation:add-step": {"cue", "local_tasks"},
    "preparation:change-step": {"cue", "local_tasks"},
}
AS_JSON = {"classroom:hand-over", "classroom:received", "operations:call"}
COMMANDS = sorted({row["name"] for row in ROUTES if row["method"] == "POST"})
Rows = dict[str, dict[Any, dict[str, Any]]]


def own_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("tongtang.")]


def hostile_value(field: models.Field, world: World) -> Any:  # type: ignore[type-arg]
    """What would do harm in this field, in the form in which it might be taken."""
    if field.is_relation:
        whose = {School: "far school", Person: "far teacher", Pupil: "far child"}.get(field.related_model)  # type: ignore[call-overload]
        return world.key(whose) if whose else 1
    by_kind: list[tuple[type, Any]] = [
        (models.BooleanField, True),
        (models.DateTimeField, MOMENT),
        (models.DateField, DAY),
        (models.UUIDField, ID),
        (models.JSONField, {WORD: WORD}),
        (models.IntegerField, NUMBER),
    ]
    if field.choices:
        return list(field.choices)[-1][0]
    return next((value for kind, value in by_kind if isinstance(field, kind)), WORD)


def extras(world: World, without: set[str]) -> dict[str, Any]:
    """Every name of every field, with and without `_id`."""
    found: dict[str, Any] = dict.fromkeys(OTHERS, True)
    for model in own_models():
        for field in model._meta.concrete_fields:
            found |= {field.name: hostile_value(field, world), field.attname: hostile_value(field, world)}
    return {name: value for name, value in found.items() if name not in without}


def stored() -> Rows:
    """Every row of every table that is ours to change, by table and key."""
    kept = [
        model
        for model in apps.get_models()
        if not model._meta.db_table.startswith((*MAY_GROW, "foundation_donecommand"))
    ]
    return {model._meta.db_table: {row["pk"]: row for row in rows_of(model)} for model in kept}


def rows_of(model: type[models.Model]) -> list[dict[str, Any]]:
    names = [field.attname for field in model._meta.concrete_fields if field.attname != "last_login"]
    return list(model._base_manager.order_by("pk").values("pk", *names))


def changes(before: Rows, after: Rows) -> list[tuple[str, str, dict[str, Any]]]:
    """What was written: table, made | changed | gone, the row."""
    found = []
    for table, rows in after.items():
        old = before[table]
        for key, row in rows.items():
            if key not in old:
                found.append((table, "made", row))
            elif row != old[key]:
                found.append((table, "changed", row))
        found += [(table, "gone", row) for key, row in old.items() if key not in rows]
    return found


def payload_of(row: Mapping[str, Any], world: World) -> dict[str, Any]:
    told = WHOLE.get(row["name"]) or row.get("json") or row.get("form") or {}
    told = json.loads(json.dumps(world.filled(told)))
    days = {"$today": clock.today(), "$tomorrow": clock.today() + timedelta(days=1)}
    told = {name: str(days.get(value, value)) if isinstance(value, str) else value for name, value in told.items()}
    if row["name"] == "access:lending":
        told["row"] = str(world.people["county administrator"].role_assignments.get().public_id)
    if row["name"] == "classroom:hand-over":
        pupils = [str(one.public_id) for one in world.cast.points[0].pupils]
        told["entries"][2]["payload"] = {"present": pupils, "absent": [], "on_leave": []}
    for part in [told, *told.get("entries", []), *told.get("spans", [])]:
        if "at" in part:
            part["at"] = clock.now().timestamp() - 1
    return told


def burdened(told: Any, more: Mapping[str, Any]) -> Any:
    """The same with all the names in each object of it."""
    if isinstance(told, dict):
        return {**more, **{name: burdened(value, more) for name, value in told.items()}}
    return [burdened(one, more) for one in told] if isinstance(told, list) else told


def send(world: World, row: Mapping[str, Any], who: str, more: Mapping[str, Any]) -> HttpResponseBase:
    """The command, with `more` in its body and its address."""
    told, headers = payload_of(row, world), {HEADER: str(uuid4())}
    address, client = address_of(row, world), world.client(who)
    client.raise_request_exception = False
    flat = {name: value if isinstance(value, str) else json.dumps(value) for name, value in more.items()}
    address += "?" + "&".join(f"{name}={value}" for name, value in flat.items() if value.isalnum())
    if "json" in row or row["name"] in AS_JSON:
        return client.post(address, json.dumps(burdened(told, more)), content_type="application/json", headers=headers)
    return client.post(address, {**flat, **told}, headers=headers)


def done(world: World, row: Mapping[str, Any], who: str, before: Rows, more: Mapping[str, Any]) -> tuple[int, Any]:
    """The answer's status and what it wrote; nothing of it remains."""
    with transaction.atomic():
        answer = send(world, row, who, more)
        # Read to its end, not closed: that would close the connection to the database as well.
        list(answer)
        written = changes(before, stored())
        transaction.set_rollback(True)
    return answer.status_code, written


def moved(plain: Any, again: Any, attacked: Any) -> list[str]:
    """Where the burdened command wrote something else than the plain one did twice."""
    if [one[:2] for one in plain] != [one[:2] for one in attacked]:
        return [f"{sorted({one[:2] for one in plain})} became {sorted({one[:2] for one in attacked})}"]
    wrong = []
    for (table, _how, first), (_t, _h, second), (_t2, _h2, third) in zip(plain, again, attacked, strict=True):
        for column, value in first.items():
            same, taken = value == second[column], third[column] in (WORD, UUID(ID), NUMBER)
            if (same and third[column] != value) or (not same and taken):
                wrong.append(f"{table}.{column}: {value!r} became {third[column]!r}")
    return wrong


@pytest.fixture
def world(db: None) -> World:
    made = make_world()
    # The world gives some rows a key of its own choice, which a sequence of PostgreSQL would give once more.
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), own_models()):
            cursor.execute(statement)
    return made


def begin(lesson: Lesson) -> None:
    """The lesson runs: the commands of its pages are carried out."""
    now = clock.now()
    open_lesson(actor=None, lesson=lesson, now=now)
    media_restarted(lesson=lesson, epoch=1, webrtc=True, now=now)
    start_lesson(actor=None, lesson=lesson, now=now)


def who_may(row: Mapping[str, Any]) -> str:
    """Somebody whom the matrix lets in, signed in."""
    if row["name"] == "access:lending":
        return "county administrator"
    names = [name for words in row["let_in"].values() for name in cast_names(words)]
    return next((name for name in names if name != "anonymous"), "county security")


@pytest.mark.parametrize("context", [path.stem for path in sorted(FOLDER.glob("*.toml"))])
def test_no_command_takes_what_it_does_not_offer(world: World, context: str) -> None:
    rows = [row for row in ROUTES if row["method"] == "POST" and row["name"].startswith(f"{context}:")]
    wrong: dict[str, Any] = {}
    carried_out = 0
    with time_machine.travel(clock.now(), tick=False):
        if context in ("classroom", "operations"):
            begin(world.things["lesson"])
        before = stored()
        for row in rows:
            who = who_may(row)
            without = {*payload_of(row, world), *OFFERED.get(row["name"], set())}
            status, plain = done(world, row, who, before, {})
            _again, again = done(world, row, who, before, {})
            attacked_status, attacked = done(world, row, who, before, extras(world, without))
            found = moved(plain, again, attacked)
            if status != attacked_status:
                found.append(f"{status} became {attacked_status}")
            if found:
                wrong[row["name"]] = found
            carried_out += bool(plain)
    assert wrong == {}
    assert carried_out or not rows or context == "timetable"


def test_there_are_enough_samples(world: World) -> None:
    assert len(extras(world, set())) >= 20
    assert len(COMMANDS) >= 20
