"""A school of few classes by hand: four periods a day, lunch after the second."""

from dataclasses import replace

from tongtang.timetable.solver.model import BellSchedule, Period, School, SchoolClass, Teacher
from tongtang.timetable.solver.school_model import AnchorLesson, LocalLesson, LocalRequirement, WholeSchool

BELL = BellSchedule("b", (Period(1, 540, 580), Period(2, 590, 630), Period(3, 840, 880), Period(4, 890, 930)))


def requirement(class_id, subject, lessons, teacher_id, **soft):
    stated = {"max_per_day": 1, "doubles": 0, "earliest": 1, "latest": 4} | soft
    return LocalRequirement(class_id, subject, lessons, teacher_id, **stated)


def school(*requirements, base=(), receives=(), anchors=(), cap=20, subjects=()):
    """The school that owes `requirements`; each teacher teaches the subjects they are owed by, and `subjects`."""
    class_ids = dict.fromkeys(row.class_id for row in requirements)
    taught = {row.teacher_id: set(subjects) for row in requirements}
    for row in requirements:
        taught[row.teacher_id].add(row.subject)
    return WholeSchool(
        School("s", "b", 2, 2),
        BELL,
        {one: SchoolClass(one, "s", (5,), 30) for one in class_ids},
        {one: Teacher(one, frozenset(known), cap) for one, known in taught.items()},
        requirements,
        tuple(base),
        frozenset(receives),
        tuple(anchors),
    )


def week(class_id, teacher_of, plan):
    """Lessons from a mapping of subject -> slots."""
    return [
        LocalLesson(class_id, day, period, subject, teacher_of[subject])
        for subject, slots in plan.items()
        for day, period in slots
    ]


def anchor(name, subject, weekday, start):
    return AnchorLesson(name, subject, 5, weekday, start)


def with_class(whole, class_id, **values):
    return replace(whole, classes={**whole.classes, class_id: replace(whole.classes[class_id], **values)})


def with_teacher(whole, teacher_id, **values):
    return replace(whole, teachers={**whole.teachers, teacher_id: replace(whole.teachers[teacher_id], **values)})
