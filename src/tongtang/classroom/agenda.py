"""The lessons of a day as lists show them: how each reception stands, and where the one asking may enter."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from tongtang.access.api import Actor
from tongtang.classroom.policies import PHONE, STUDIO, WALL
from tongtang.classroom.queries import OPENS_BEFORE
from tongtang.curriculum.api import subject_name
from tongtang.foundation import clock
from tongtang.lessons.api import RANK, ReceptionState, Standing, Verb, lessons_for, receptions_for, standings_of
from tongtang.lessons.models import Lesson, Reception


@dataclass(frozen=True)
class DayReception:
    """A reception with its standing and what the one asking may do: hold its screen, assist from the phone."""

    reception: Reception
    standing: Standing
    wall: bool
    phone: bool

    @property
    def state(self) -> ReceptionState:
        return self.standing.state

    @property
    def subject(self) -> str:
        return subject_name(self.reception.lesson.subject_id)


@dataclass(frozen=True)
class DayLesson:
    """A lesson of a day with those receptions that the one asking may see, what needs somebody first."""

    lesson: Lesson
    now: datetime
    receptions: Sequence[DayReception] = field(default_factory=list)
    teach: bool = False

    @property
    def starts_at(self) -> datetime:
        return self.lesson.starts_at

    @property
    def title(self) -> str:
        return lesson_title(self.lesson)

    @property
    def by(self) -> str:
        """Who teaches, and from where."""
        names = [self.lesson.teacher.name if self.lesson.teacher else "", self.lesson.school.name]
        return " · ".join(name for name in names if name)

    @property
    def state(self) -> str:
        """As in Lesson.State; `missed` for one that nobody opened in its time."""
        if self.lesson.state == Lesson.State.PLANNED and self.lesson.ends_at <= self.now:
            return Lesson.State.ENDED if self.lesson.recorded and self.delivered else "missed"
        return self.lesson.state

    @property
    def over(self) -> bool:
        return self.lesson.ends_at <= self.now or self.state in (Lesson.State.ENDED, Lesson.State.CANCELLED)

    @property
    def current(self) -> bool:
        """On air, or within its time and not over."""
        return self.state == Lesson.State.LIVE or (self.lesson.starts_at <= self.now and not self.over)

    @property
    def enterable(self) -> bool:
        """From when the studio opens until the lesson is over."""
        return self.lesson.starts_at - OPENS_BEFORE <= self.now and not self.over

    @property
    def marks(self) -> list[str]:
        """The states of the receptions, what needs somebody first."""
        return [one.state.value for one in self.receptions]

    @property
    def marks_label(self) -> str:
        """The marks as a sentence: `2 not delivered, 18 live`."""
        counts = Counter(self.marks)
        parts = [f"{state_words(ReceptionState(state))} {count}" for state, count in counts.items()]
        return pgettext("list", ", ").join(parts)

    @property
    def delivered(self) -> int:
        return sum(one.standing.figures.delivered for one in self.receptions)

    @property
    def count(self) -> str:
        """The bold line of a list: how many classes were reached of how many, or how many are planned."""
        total = len(self.receptions)
        if not self.over and not self.current:
            return ngettext("%(count)d class planned", "%(count)d classes planned", total) % {"count": total}
        if self.over:
            return _("Delivered %(count)d/%(total)d") % {"count": self.delivered, "total": total}
        joined = sum(one.standing.figures.first_joined_at is not None for one in self.receptions)
        return _("Joined %(count)d/%(total)d") % {"count": joined, "total": total}

    @property
    def detail(self) -> str:
        """The small line: what departs from the plan."""
        counts = Counter(one.state for one in self.receptions)
        unusual = [state for state in (ReceptionState.NOT_DELIVERED, ReceptionState.MADE_UP) if counts[state]]
        parts = [f"{state_words(state)} {counts[state]}" for state in unusual]
        return pgettext("list", ", ").join(parts)


def lesson_title(lesson: Lesson) -> str:
    """The subject, with the lesson's own title where it has one."""
    name = subject_name(lesson.subject_id)
    if not lesson.title:
        return name
    return pgettext("lesson", "%(subject)s: %(title)s") % {"subject": name, "title": lesson.title}


def state_words(state: ReceptionState) -> str:
    """The word of a state, as on its chip."""
    words = {
        ReceptionState.PLANNED: _("Planned"),
        ReceptionState.LIVE: _("Live"),
        ReceptionState.BRIDGED: _("Live, bridged"),
        ReceptionState.RECORDED: _("Recorded, same day"),
        ReceptionState.SHOWN: _("Recorded lesson"),
        ReceptionState.EMBEDDED: _("Embedded"),
        ReceptionState.OBSERVED: _("Observed"),
        ReceptionState.NOT_DELIVERED: _("Not delivered"),
        ReceptionState.MADE_UP: _("Made up"),
        ReceptionState.CANCELLED: _("Cancelled"),
    }
    return words[state]


def _receptions_by_lesson(actor: Actor, lessons: Sequence[Lesson]) -> dict[int, list[Reception]]:
    """The receptions that the actor may see; those of a cancelled lesson stay in the list."""
    rows = receptions_for(actor, Verb.VIEW_RECEPTION).filter(lesson__in=[lesson.pk for lesson in lessons])
    found: dict[int, list[Reception]] = defaultdict(list)
    for row in rows:
        if row.active or not row.lesson.active:
            found[row.lesson_id].append(row)
    return found


def agenda(actor: Actor, lessons: QuerySet[Lesson]) -> list[DayLesson]:
    """`lessons` (any filter of visible ones) in order of time. About ten queries, whatever their number."""
    now = clock.now()
    rows = list(lessons.select_related("teacher", "school", "studio", "subject").order_by("starts_at", "pk"))
    receptions = _receptions_by_lesson(actor, rows)
    flat = [one for group in receptions.values() for one in group]
    standings = standings_of(flat, now)
    keys = [one.pk for one in flat]
    walls = set(receptions_for(actor, WALL).filter(pk__in=keys).values_list("pk", flat=True))
    phones = set(receptions_for(actor, PHONE).filter(pk__in=keys).values_list("pk", flat=True))
    taught = lessons_for(actor, STUDIO).filter(pk__in=[row.pk for row in rows])
    studios = set(taught.values_list("pk", flat=True))
    return [
        DayLesson(
            row,
            now,
            sorted(
                (
                    DayReception(one, standings[one.pk], one.pk in walls, one.pk in phones)
                    for one in receptions.get(row.pk, [])
                ),
                key=lambda one: (RANK[one.state], one.reception.school_id, one.reception.home_class_id),
            ),
            row.pk in studios,
        )
        for row in rows
    ]


def lessons_on(actor: Actor, day: date) -> QuerySet[Lesson]:
    """All lessons of a day that the actor may see."""
    return lessons_for(actor, Verb.VIEW).filter(date=day)
