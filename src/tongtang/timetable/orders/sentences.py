"""Change orders in sentences: what stands in the way, and what people are told."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from tongtang.curriculum.api import subject_name
from tongtang.foundation.clock import civil
from tongtang.lessons.models import Reception
from tongtang.organisations.models import HomeClass
from tongtang.people.models import Person
from tongtang.timetable.models import ChangeOrder
from tongtang.timetable.orders.judge import Effect, Obstacle, Touched, Verdict
from tongtang.timetable.sentences import WEEKDAYS

Kind = ChangeOrder.Kind
KIND_WORDS = {
    Kind.MOVE: gettext_lazy("Lesson moved"),
    Kind.SWAP: gettext_lazy("Lessons swapped"),
    Kind.SUBSTITUTE: gettext_lazy("Substitute teacher"),
    Kind.CANCEL: gettext_lazy("Lesson cancelled"),
    Kind.MAKE_UP: gettext_lazy("Make-up"),
    Kind.ROTATION: gettext_lazy("Rotation of weeks"),
    Kind.BELLS: gettext_lazy("Other bells"),
    Kind.TEMPORARY: gettext_lazy("Temporary timetable"),
    Kind.DAY_TRANSFER: gettext_lazy("Day transfer"),
}
SENTENCES = {
    "begun": gettext_lazy("The lesson has begun or is over. Choose one that is to come."),
    "past": gettext_lazy("The new time lies in the past. Choose a later one."),
    "cancelled_by_hand": gettext_lazy("The lesson was cancelled. Arrange a make-up for it."),
    "made_up": gettext_lazy("A make-up stands for this lesson on %(day)s. Take the make-up back first."),
    "outside_term": gettext_lazy("%(day)s lies outside the term. Choose a day of the term."),
    "holiday": gettext_lazy("There are no lessons on %(day)s: it is a holiday. Choose another day."),
    "teacher_away": gettext_lazy("%(teacher)s is not available at this time. Choose another time or a substitute."),
    "teacher_busy": gettext_lazy("%(teacher)s has another lesson at this time. Choose another time or a substitute."),
    "studio_busy": gettext_lazy("The studio is taken at this time. Choose another time or another studio."),
    "alliance": "%(sentence)s",
    "not_member": gettext_lazy("A receiving school is not a member of the alliance on that day. Choose another day."),
    "period_misfit": gettext_lazy("The time fits none of the class's periods. Choose a time near its bells."),
    "class_busy": gettext_lazy("The class has another lesson at this time. Choose another time."),
    "class_blocked": gettext_lazy("The class has given period %(period)d away. Choose another time."),
    "second_of_subject": gettext_lazy("The class has %(subject)s on that day already. Choose another day."),
    "room_taken": gettext_lazy("Every receiving room of the school is taken at this time. Choose another time."),
    "streams": gettext_lazy("The school's link carries %(limit)d lessons at once, and they run already."),
    "local_no_place": gettext_lazy(
        "Its own %(subject)s on %(day)s, period %(period)d, has no free place to go to and would not be held. "
        "Choose another time, or confirm that its school makes it up."
    ),
    "local_teacher_busy": gettext_lazy(
        "Its own %(subject)s on %(day)s, period %(period)d, would not be held: %(teacher)s has no time when it would "
        "be swapped. Choose another time, or confirm that its school makes it up."
    ),
    "clash": "%(sentence)s",
    "recorded_untaught": gettext_lazy("A recorded lesson has neither teacher nor studio; it can be moved."),
    "over_cap": gettext_lazy(
        "%(teacher)s would teach %(count)d lessons in the week of %(day)s, more than the %(limit)d of the posts. "
        "Choose another week or another teacher."
    ),
    "other_subject": gettext_lazy(
        "No post of %(teacher)s names %(subject)s. Choose somebody who teaches it, or confirm this substitute."
    ),
    "nothing_to_show": gettext_lazy(
        "The recorded %(subject)s on %(moment)s would have nothing to show. Move it behind a lesson that this class "
        "has not seen, cancel it too, or confirm that it stays empty."
    ),
    "nobody_beside": gettext_lazy(
        "Nobody can be beside this class on %(moment)s. Name one more facilitator, or choose another time."
    ),
}


@dataclass(frozen=True)
class Reason:
    """An obstacle in words: the school and class that it concerns, empty where it is the whole lesson."""

    school: str
    home_class: str
    code: str
    sentence: str

    @property
    def words(self) -> str:
        """The whole of it in one line: what whoever confirms it has read."""
        place = f"{self.school} {self.home_class}".strip()
        return _(": ").join(part for part in (place, self.sentence) if part)


@dataclass(frozen=True)
class Names:
    """Who and what obstacles speak of, by key."""

    people: Mapping[int, str]
    classes: Mapping[int, HomeClass]


def names_of(verdicts: Sequence[Verdict]) -> Names:
    """The names that the obstacles and cautions of `verdicts` need. Two queries."""
    several: list[Verdict | Effect] = [*verdicts, *(effect for each in verdicts for effect in each.effects)]
    every = [one for each in several for one in (*each.obstacles, *each.cautions)]
    refused = {e.receiver.home_class_id for each in verdicts for e in each.effects if e.obstacles or e.cautions}
    people = {one.facts["teacher"] for one in every if "teacher" in one.facts}
    return Names(
        dict(Person.objects.filter(pk__in=people).values_list("pk", "name")),
        {row.pk: row for row in HomeClass.objects.filter(pk__in=refused).select_related("school")},
    )


def _sentence(obstacle: Obstacle, names: Names) -> str:
    facts = dict(obstacle.facts)
    if "teacher" in facts:
        facts["teacher"] = names.people.get(int(facts["teacher"]), "")
    if "subject" in facts:
        facts["subject"] = subject_name(str(facts["subject"]))
    return str(SENTENCES[obstacle.code]) % facts


def reasons_of(verdicts: Sequence[Verdict], names: Names | None = None) -> list[Reason]:
    """Every obstacle once, in the order of the lessons: first a lesson's own, then those of its classes."""
    return _reasons(verdicts, names or names_of(verdicts), lambda one: one.obstacles)


def cautions_of(verdicts: Sequence[Verdict]) -> list[Reason]:
    """Every caution once, in the same order."""
    return _reasons(verdicts, names_of(verdicts), lambda one: one.cautions)


def _reasons(
    verdicts: Sequence[Verdict], names: Names, of: Callable[[Verdict | Effect], Sequence[Obstacle]]
) -> list[Reason]:
    found: list[Reason] = []
    for each in verdicts:
        found += [Reason("", "", one.code, _sentence(one, names)) for one in of(each)]
        for effect in each.effects:
            for one in of(effect):
                home = names.classes[effect.receiver.home_class_id]
                found.append(Reason(home.school.name, home.name, one.code, _sentence(one, names)))
    return list(dict.fromkeys(found))


def alone_words(receptions: Collection[int]) -> tuple[Reason, ...]:
    """That nobody can be beside the classes of these receptions, in the order of the clock."""
    rows = Reception.objects.filter(pk__in=receptions).select_related("home_class__school").order_by("starts_at", "pk")
    return tuple(
        Reason(
            row.home_class.school.name,
            row.home_class.name,
            "nobody_beside",
            str(SENTENCES["nobody_beside"]) % {"moment": moment_words(row.starts_at)},
        )
        for row in rows
    )


def empty_words(showings: Collection[int]) -> tuple[Reason, ...]:
    """That these recorded lessons have nothing to show, in the order of the clock."""
    rows = Reception.objects.filter(lesson__in=showings, active=True).select_related("lesson", "home_class__school")
    return tuple(
        Reason(
            row.home_class.school.name,
            row.home_class.name,
            "nothing_to_show",
            str(SENTENCES["nothing_to_show"])
            % {"subject": subject_name(row.lesson.subject_id), "moment": moment_words(row.starts_at)},
        )
        for row in rows.order_by("starts_at", "pk")
    )


def day_words(day: date) -> str:
    """`Tue 4/14`."""
    facts = {"month": day.month, "day": day.day, "weekday": str(WEEKDAYS[day.weekday()])}
    return pgettext("change order", "%(month)d/%(day)d %(weekday)s") % facts


def moment_words(moment: datetime) -> str:
    """`Tue 4/14 10:30`."""
    wall = civil(moment)
    return f"{day_words(wall.date())} {wall:%-H:%M}"


def change_line(touched: Touched) -> str:
    """What becomes of one lesson, without any name."""
    facts = {"subject": subject_name(touched.subject), "old": moment_words(touched.now.starts_at)}
    facts["new"] = moment_words(touched.target.starts_at)
    if touched.target.cancelled:
        return _("%(subject)s on %(old)s is not held.") % facts
    if touched.now.cancelled:
        return _("%(subject)s on %(new)s is held after all.") % facts
    if touched.now.starts_at != touched.target.starts_at:
        return _("%(subject)s moves from %(old)s to %(new)s.") % facts
    if touched.now.teacher_id != touched.target.teacher_id:
        return _("%(subject)s on %(new)s is taught by somebody else.") % facts
    return _("%(subject)s on %(new)s keeps its time.") % facts


LINES = 4


def notice_text(order: ChangeOrder, lines: Sequence[str], reason: str, *, withdrawn: bool) -> str:
    """What the people concerned are told: the kind, the reason of this step, the first lines."""
    head = _("%(kind)s withdrawn: %(reason)s.") if withdrawn else _("%(kind)s: %(reason)s.")
    text = head % {"kind": str(KIND_WORDS[Kind(order.kind)]), "reason": reason}
    more = len(lines) - LINES
    shown = " ".join([text, *lines[:LINES]])
    if more > 0:
        shown += " " + ngettext("And %(count)d more lesson.", "And %(count)d more lessons.", more) % {"count": more}
    return shown
