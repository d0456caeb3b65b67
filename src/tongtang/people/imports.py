"""Bulk writes of the people that a county's files name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from tongtang.foundation import clock
from tongtang.foundation.rows import insert_many
from tongtang.organisations.api import Written, write_rows
from tongtang.people.models import Person, Post

UPDATE_BATCH = 200


@dataclass(frozen=True)
class Work:
    """What a teacher does at one school; `subjects` are codes, none for a local teacher."""

    subjects: tuple[str, ...]
    weekly_cap: int


@dataclass(frozen=True)
class TeacherEntry:
    """A teacher as the files have it: one post or several, by the school's primary key."""

    name: str
    posts: dict[int, Work]


@dataclass
class Staffing:
    """What `write_teachers` did; `closed` are the posts (person, school) that ended or moved."""

    written: Written
    closed: set[tuple[int, int]] = field(default_factory=set)


def taken_ids(county: int, teacher_ids: Iterable[str]) -> set[str]:
    """Those of `teacher_ids` that belong to somebody who did not come with the county's files."""
    others = Person.objects.filter(county_code=county, from_roster=False).values_list("source_id", flat=True)
    return set(others) & set(teacher_ids)


def write_teachers(county: int, entries: Mapping[str, TeacherEntry], since: date) -> Staffing:
    """Teachers by id with their posts; `since` is the first day of posts that are new.

    People who did not come with the files are let be. A moved post ends yesterday, since `valid_to` is a last day.
    """
    today = clock.today()
    wanted = {
        (source_id,): {"county_code": county, "name": entry.name, "from_roster": True}
        for source_id, entry in entries.items()
    }
    rows = Person.objects.filter(county_code=county, from_roster=True)
    staffing = Staffing(write_rows(rows, ("source_id",), wanted, today))
    ids = staffing.written.by_source
    _write_posts({ids[source_id]: (source_id, entry) for source_id, entry in entries.items()}, staffing, since, today)
    return staffing


def _write_posts(wanted: Mapping[int, tuple[str, TeacherEntry]], staffing: Staffing, since: date, today: date) -> None:
    ended = set(staffing.written.ended.values())
    standing: set[tuple[int, int]] = set()
    changed: list[Post] = []
    for post in Post.objects.filter(person__in=[*wanted, *ended]).order_by("valid_to"):
        source_id, entry = wanted.get(post.person_id, ("", None))
        work = entry.posts.get(post.school_id) if entry else None
        reopened = post.valid_from == today and post.valid_to is not None
        if work and (post.valid_to is None or reopened):
            standing.add((post.person_id, post.school_id))
            if _fit(post, work):
                changed.append(post)
                staffing.written.also_changed([(source_id,)])
        elif post.valid_to is None:
            post.valid_to = today - timedelta(days=1)
            changed.append(post)
            staffing.closed.add((post.person_id, post.school_id))
    fields = ["subjects", "weekly_cap", "valid_to"]
    Post.objects.bulk_update(changed, fields, batch_size=UPDATE_BATCH)
    fresh = [
        (source_id, _post(person, school, work, since))
        for person, (source_id, entry) in wanted.items()
        for school, work in entry.posts.items()
        if (person, school) not in standing
    ]
    insert_many([post for _source_id, post in fresh])
    staffing.written.also_changed((source_id,) for source_id, _post in fresh)


def _post(person: int, school: int, work: Work, since: date) -> Post:
    return Post(
        person_id=person,
        school_id=school,
        subjects=list(work.subjects),
        weekly_cap=work.weekly_cap,
        valid_from=since,
    )


def _fit(post: Post, work: Work) -> bool:
    """Set a post that stands to `work`; whether that changed it."""
    before = (post.subjects, post.weekly_cap, post.valid_to)
    post.subjects, post.weekly_cap, post.valid_to = list(work.subjects), work.weekly_cap, None
    return before != (post.subjects, post.weekly_cap, post.valid_to)
