"""Groups of a new plan keep the names of the published groups that they go on from, and with them their lessons."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from tongtang.timetable.solver.model import Broadcast


@dataclass(frozen=True)
class _Group:
    name: str
    subject: str
    teacher_id: str
    class_ids: frozenset[str]


def _groups(plan: Sequence[Broadcast]) -> list[_Group]:
    rows: dict[str, list[Broadcast]] = defaultdict(list)
    for one in plan:
        rows[one.group_id].append(one)
    return [
        _Group(name, many[0].subject, many[0].teacher_id, frozenset(key for one in many for key in one.class_ids))
        for name, many in sorted(rows.items())
    ]


def with_kept_names(
    plan: Sequence[Broadcast], published: Sequence[Broadcast], taken: Collection[str] = ()
) -> list[Broadcast]:
    """`plan` with other group names: those of the published groups of the same subject that share the most classes.

    Equal teachers decide between equal shares. A group without a forerunner gets a name that nobody has or had
    (`taken`: names of groups of earlier plans).
    """
    new, old = _groups(plan), _groups(published)
    shares = [
        (len(one.class_ids & other.class_ids), one.teacher_id == other.teacher_id, one.name, other.name)
        for one in new
        for other in old
        if one.subject == other.subject and one.class_ids & other.class_ids
    ]
    names: dict[str, str] = {}
    for _shared, _teacher, name, forerunner in sorted(shares, key=lambda each: (-each[0], not each[1], each[2:])):
        if name not in names and forerunner not in names.values():
            names[name] = forerunner
    used = {*taken, *(one.name for one in old)}
    for one in new:
        if one.name not in names:
            names[one.name] = _fresh(one.name, used)
            used.add(names[one.name])
    return [replace(one, group_id=names[one.group_id]) for one in plan]


def _fresh(name: str, used: Collection[str]) -> str:
    return name if name not in used else next(text for n in range(2, 10_000) if (text := f"{name}-{n}") not in used)
