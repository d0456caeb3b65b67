"""Deletion of a child: every row that names it goes, what must be kept is without it, a report says which and why."""

from collections.abc import Iterator

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongtang.access.api import Actor, Refused, Role, close_accounts
from tongtang.access.models import RoleAssignment
from tongtang.audit import api as audit
from tongtang.consent import tombstones
from tongtang.consent.actions import STREAM, name_of
from tongtang.consent.holdings import Kept, forget_rows_of, kept_of, places_of
from tongtang.consent.models import ConsentAnswer, DataRequest, Purpose
from tongtang.consent.policies import standing
from tongtang.consent.queries import last_school_of
from tongtang.foundation import clock
from tongtang.people.models import Guardianship, Person, Pupil

DELETED, ANONYMISED, KEPT = "deleted", "anonymised", "kept"
WORDS = {
    "people.pupil": gettext_lazy("The child's own record"),
    "people.enrolment": gettext_lazy("Class memberships"),
    "people.guardianship": gettext_lazy("Guardians' links"),
    "consent.guardianslip": gettext_lazy("Slips for guardians"),
}
Line = dict[str, str | int]


def _line(what: str, count: int, did: str, why: str = "") -> Line:
    return {"what": what, "count": count, "did": did, "why": why}


def _relations(model: type[models.Model]) -> Iterator[models.ForeignObjectRel]:
    for relation in model._meta.related_objects:
        if relation.one_to_many or relation.one_to_one:
            yield relation


def _clear(rows: models.QuerySet[models.Model], counts: dict[str, int]) -> None:
    """Delete rows and, before them, all that names them: a new table of a child's data needs no line here.

    A table that only forgets the child (SET_NULL) keeps its rows.
    """
    keys = list(rows.values_list("pk", flat=True))
    if not keys:
        return
    for relation in _relations(rows.model):
        if relation.on_delete is not models.SET_NULL:
            below = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": keys})
            _clear(below, counts)
    label = rows.model._meta.label_lower
    counts[label] = counts.get(label, 0) + len(keys)
    rows.model._base_manager.filter(pk__in=keys).delete()


def _close_guardians(pupil: Pupil) -> int:
    """Accounts of guardians who have no other child here are closed and their names forgotten."""
    guardians = Person.objects.filter(guardianships__pupil=pupil).distinct()
    others = Guardianship.objects.filter(standing()).exclude(pupil=pupil).values("guardian")
    at_work = RoleAssignment.objects.filter(standing()).exclude(role=Role.GUARDIAN).values("person")
    # A teacher or an official who is a parent too stays what he is.
    leaving = list(guardians.exclude(pk__in=others).exclude(pk__in=at_work).filter(posts=None))
    close_accounts(leaving)
    Person.objects.filter(pk__in=[one.pk for one in leaving]).update(name=_("Former guardian"), ended_on=clock.today())
    return len(leaving)


def _closed_places(pupil: Pupil) -> list[Line]:
    closings = {name: closing for purpose in Purpose for name, closing in places_of(purpose).items()}
    lines = [_line(name, closing(pupil), DELETED) for name, closing in closings.items()]
    return [line for line in lines if line["count"]]


def _forgotten(pupil: Pupil) -> list[Line]:
    return [_line(str(name), count, DELETED) for name, count in forget_rows_of(pupil) if count]


def _kept(rows: list[Kept]) -> list[Line]:
    return [_line(row.what, row.count, ANONYMISED, row.why) for row in rows]


@transaction.atomic
def erase(pupil: Pupil, *, by: str, why: str) -> list[Line]:
    """Delete a child everywhere; the report. Bears repetition: a restored child is deleted in the same way.

    Recordings in which the child's class can be seen or heard are closed first. Rows that must stay (evidence of
    lessons, answers of the consent ledger) carry a random id that leads to nobody from now on.
    """
    kept, school = kept_of(pupil), last_school_of(pupil)
    answers = ConsentAnswer.objects.filter(pupil=pupil.public_id).count()
    if answers:
        kept.append(Kept(_("Answers about consent"), answers, _("They prove what was asked; they name nobody.")))
    lines = [*_closed_places(pupil), *_forgotten(pupil), *_kept(kept)]
    guardians = _close_guardians(pupil)
    if guardians:
        lines.append(_line(_("Accounts of guardians"), guardians, ANONYMISED, _("No other child of theirs is here.")))
    tombstones.bury(pupil.public_id)
    DataRequest.objects.filter(pupil=pupil.public_id).update(text="")
    name, counts = name_of(pupil), {}  # type: tuple[str, dict[str, int]]
    _clear(Pupil._base_manager.filter(pk=pupil.pk), counts)
    lines += [_line(str(WORDS.get(label, label)), count, DELETED) for label, count in counts.items()]
    audit.append(
        stream=STREAM,
        action="data.deleted",
        actor=by,
        object=name,
        reason=why,
        school=school,
        detail={"rows": counts, "kept": [{"what": row.what, "count": row.count} for row in kept]},
    )
    return lines


def replay_tombstones() -> int:
    """After a restore: delete again whoever was deleted before; how many had come back.

    For the command, and for whatever restores a backup: call it before anybody is let in.
    """
    back = tombstones.risen()
    for pupil in back:
        erase(pupil, by="command:consent", why="tombstone replayed after a restore")
    tombstones.keep_in_step()
    return len(back)


@transaction.atomic
def decide(*, actor: Actor, request: DataRequest, grant: bool, ground: str, answer: str) -> DataRequest:
    """The school's decision; a granted deletion is carried out at once, and its report stands in the request.

    Raises:
        Refused: a refusal without a word of reason, or decided meanwhile.
    """
    row = DataRequest.objects.select_for_update().get(pk=request.pk)
    if row.state != DataRequest.State.OPEN:
        raise Refused(_("Somebody else has decided this meanwhile."))
    if not grant and not answer.strip():
        raise Refused(_("Say why: the guardian reads it."))
    row.state = DataRequest.State.GRANTED if grant else DataRequest.State.REFUSED
    row.ground, row.answer = ground, answer.strip()[:500]
    row.decided_by, row.decided_at = actor.subject, clock.now()
    pupil = Pupil.objects.get(public_id=row.pupil)
    school = last_school_of(pupil)
    if grant and row.kind == DataRequest.Kind.DELETION:
        row.report = erase(pupil, by=actor.subject, why=ground)
        row.text = ""
    row.save()
    audit.append(
        stream=STREAM,
        action=f"data.{row.kind}_{row.state}",
        actor=actor.subject,
        object=f"pupil:{row.pupil}",
        reason=ground,
        school=school,
    )
    return row
