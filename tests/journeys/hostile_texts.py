"""The matrix's world in a served house, its lesson under way, with a script in every text: `python -m ...`.

Prints where to go: [{"name", "path", "who", "cookies"}], one for each page of the matrix.
"""

import json
from itertools import count
from typing import Any

from tongtang.config import home

# What addresses, keys and rules are made of, and what only machines read.
NOT_SHOWN = {
    "source_id", "login", "password", "encoded", "secret", "session_key", "credential_id", "path", "folder", "picture",
    "address", "code", "table", "attribute", "why", "action", "object", "by", "made_by", "asked_by", "digest", "form",
    "participant", "task_path", "queue_name", "key", "command",
}  # fmt: skip
KEPT_AS_THEY_ARE = {"lessons.EvidenceRow", "consent.ConsentAnswer", "audit.Entry", "curriculum.Subject"}


def main() -> list[dict[str, Any]]:
    home.load_django()
    from tests.test_matrix import ROUTES, address_of, cast_names
    from tests.world import make_world

    world = make_world()
    _begin(world)
    _spoil()
    places: list[dict[str, Any]] = []
    visitors: dict[str, Any] = {}
    for row in ROUTES:
        let_in = cast_names(row["let_in"].get("200", []))
        # What a link hands out is a file, no page.
        if row["method"] == "GET" and let_in and "link" not in row:
            who = let_in[0]
            visitors.setdefault(who, world.client(who))
            cookies = {name: morsel.value for name, morsel in visitors[who].cookies.items()}
            place = {"name": row["name"], "path": address_of(row, world), "who": who, "cookies": cookies}
            if _is_page(visitors[who], place["path"]):
                places.append(place)
    return places


def _is_page(client: Any, path: str) -> bool:
    """Neither JSON nor a file nor a stream."""
    answer = client.get(path, headers={"Host": "localhost"})
    answer.close()
    return bool(answer.headers["Content-Type"].startswith("text/html"))


def samples() -> Any:
    """The scripts, one after the other, without end."""
    from tests.hostile.test_03_stored_scripts import MARK, SCRIPTS

    return (SCRIPTS[number % len(SCRIPTS)].format(MARK) for number in count())


def _begin(world: Any) -> None:
    """The lesson runs with a question, a word to the anchor and a note; its class has told all of them."""
    from tests.cast import actor_for
    from tongtang.classroom.actions.phone import Entry, hand_over
    from tongtang.classroom.actions.session import open_lesson, open_poll, start_lesson
    from tongtang.foundation import clock
    from tongtang.foundation.ids import time_ordered
    from tongtang.lessons.models import EvidenceKind

    lesson, reception, now, texts = world.things["lesson"], world.things["p01 reception"], clock.now(), samples()
    open_lesson(actor=None, lesson=lesson, now=now)
    start_lesson(actor=None, lesson=lesson, now=now)
    options = [next(texts)[:40] for _n in range(4)]
    open_poll(actor=actor_for(world.cast.teacher), lesson=lesson, question=next(texts), options=options)
    words = [{"text": next(texts), "to": to} for to in ("anchor", "class") for _n in range(11)]
    notes = [Entry(time_ordered(), EvidenceKind.NOTE, now, word) for word in words]
    raised = Entry(time_ordered(), EvidenceKind.HAND, now, {"raised": True})
    local = actor_for(world.cast.points[0].local)
    assert set(hand_over(actor=local, reception=reception, entries=[*notes, raised]).values()) == {"recorded"}


def _spoil() -> None:
    """Every text that somebody may have typed becomes one of the scripts."""
    from django.apps import apps
    from django.db import models

    texts = samples()
    for model in apps.get_models():
        if not model.__module__.startswith("tongtang.") or model._meta.label in KEPT_AS_THEY_ARE:
            continue
        names = [
            field
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField)
            and not (field.choices or field.unique or field.name in NOT_SHOWN or field.name.endswith("_hash"))
        ]
        for key in model._base_manager.values_list("pk", flat=True) if names else []:
            made = {field.name: next(texts)[: field.max_length or 200] for field in names}
            model._base_manager.filter(pk=key).update(**made)
    _spoil_lists(texts)


def _spoil_lists(texts: Any) -> None:
    from tongtang.exchange.models import QuarantinedRow
    from tongtang.preparation.models import ScriptStep

    ScriptStep.objects.update(local_tasks=[next(texts) for _n in range(4)])
    QuarantinedRow.objects.update(row={"source_id": next(texts), "name": next(texts)})


if __name__ == "__main__":
    print(json.dumps(main()))
