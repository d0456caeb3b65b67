"""What a plan calls by ids, as people call it: classes, teachers, studios, schools, and groups by their number."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tongtang.curriculum.api import subject_name
from tongtang.organisations.models import HomeClass, School, Studio
from tongtang.people.models import Person
from tongtang.timetable.solver.model import Broadcast


class Names:
    """Names of a county's people, studios and classes by their ids; an id that is gone stands for itself.

    A group has no name of its own: it is the n-th of its subject, in the order of its first lesson in the week.
    """

    def __init__(self, county_code: int, plan: Iterable[Broadcast]) -> None:
        rows = list(plan)
        own = {"county_code": county_code}
        teachers, studios = {one.teacher_id for one in rows}, {one.studio_id for one in rows}
        people = Person.objects.filter(**own, source_id__in=teachers)
        self._people = dict(people.values_list("source_id", "name"))
        self._studios = dict(Studio.objects.filter(**own, source_id__in=studios).values_list("source_id", "name"))
        found = HomeClass.objects.filter(**own).values_list("source_id", "school__name", "name", "pupil_count")
        self._classes = {key: (f"{school} {name}", pupils) for key, school, name, pupils in found}
        self._schools = dict(School.objects.filter(**own).values_list("source_id", "name"))
        self._groups = _numbered(rows)

    def teacher(self, key: str) -> str:
        return self._people.get(key, key)

    def studio(self, key: str) -> str:
        return self._studios.get(key, key)

    def home_class(self, key: str) -> str:
        return self._classes.get(key, (key, 0))[0]

    def pupils(self, keys: Iterable[str]) -> int:
        return sum(self._classes.get(key, ("", 0))[1] for key in keys)

    def classes(self, keys: Iterable[str]) -> list[str]:
        return sorted(map(self.home_class, keys))

    def number(self, group_id: str) -> int:
        """Which group of its subject it is, from 1; 0 for one that is not of the plan."""
        return self._groups[group_id][1] if group_id in self._groups else 0

    def group(self, group_id: str) -> str:
        """`Music 3`, to stand beside the word group."""
        if group_id not in self._groups:
            return group_id
        subject, number = self._groups[group_id]
        return f"{subject_name(subject)} {number}"

    def facts(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Facts of a violation with names in place of ids."""
        said: dict[str, Callable[[str], str]] = {
            "group_id": self.group,
            "class_id": self.home_class,
            "teacher_id": self.teacher,
            "studio_id": self.studio,
            "school_id": lambda key: self._schools.get(key, key),
        }
        return {name: _said(said.get(name.removesuffix("s")), value) for name, value in facts.items()}


def _said(name: Callable[[str], str] | None, value: Any) -> Any:
    if name is None:
        return value
    return name(value) if isinstance(value, str) else tuple(map(name, value))


def _numbered(plan: Sequence[Broadcast]) -> dict[str, tuple[str, int]]:
    """Subject and number of each group."""
    ordered = sorted(plan, key=lambda one: (one.weekday, one.start, one.group_id))
    found: dict[str, tuple[str, int]] = {}
    counted: dict[str, int] = defaultdict(int)
    for one in ordered:
        if one.group_id not in found:
            counted[one.subject] += 1
            found[one.group_id] = one.subject, counted[one.subject]
    return found
