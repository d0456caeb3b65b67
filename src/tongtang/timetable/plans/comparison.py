"""A found plan beside the one that is published: what would change for which classes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tongtang.foundation import clock
from tongtang.organisations.models import School
from tongtang.timetable import queries
from tongtang.timetable.models import PlanRun, PublishedPlan
from tongtang.timetable.plans.inputs import broadcasts_in
from tongtang.timetable.solver.model import Broadcast

Lesson = tuple[str, int, int, str]
"""What a class has in a week: subject, weekday, start, teacher."""


@dataclass(frozen=True)
class ClassChange:
    """What goes and what comes for one class."""

    class_id: str
    gone: tuple[Lesson, ...]
    new: tuple[Lesson, ...]


@dataclass(frozen=True)
class Comparison:
    """`changes` holds the classes for which something changes, of `classes` that either plan serves."""

    published: PublishedPlan
    broadcasts_before: int
    classes: int
    lessons: int
    lessons_kept: int
    changes: Sequence[ClassChange]

    @property
    def lessons_changed(self) -> int:
        """Class-lessons of the found plan that are not in the published one."""
        return self.lessons - self.lessons_kept


def published_now(anchor: School, day: date) -> PublishedPlan | None:
    """The plan that was published last for the school and the term of a day."""
    term = queries.term_on(anchor.county_code, day)
    if term is None:
        return None
    return PublishedPlan.objects.filter(alliance__anchor_school=anchor, term=term).order_by("-pk").first()


def compare(run: PlanRun) -> Comparison | None:
    """The run's plan beside the published one; None where none is published."""
    published = published_now(run.anchor, clock.today())
    if published is None:
        return None
    before, after = _weeks(broadcasts_in(published.broadcasts)), _weeks(broadcasts_in(run.plan))
    changes = [
        ClassChange(
            class_id,
            tuple(sorted(before[class_id] - after[class_id], key=_clock)),
            tuple(sorted(after[class_id] - before[class_id], key=_clock)),
        )
        for class_id in sorted(before.keys() | after.keys())
        if before[class_id] != after[class_id]
    ]
    classes = before.keys() | after.keys()
    return Comparison(
        published=published,
        broadcasts_before=len(published.broadcasts),
        classes=len(classes),
        lessons=sum(map(len, after.values())),
        lessons_kept=sum(len(before[one] & after[one]) for one in classes),
        changes=changes,
    )


def _weeks(plan: Sequence[Broadcast]) -> defaultdict[str, set[Lesson]]:
    found: defaultdict[str, set[Lesson]] = defaultdict(set)
    for one in plan:
        for class_id in one.class_ids:
            found[class_id].add((one.subject, one.weekday, one.start, one.teacher_id))
    return found


def _clock(lesson: Lesson) -> tuple[int, int, str]:
    return lesson[1], lesson[2], lesson[0]
