"""Home classes of a school: classes by grade, and multi-grade classes where few children are."""

import math
from collections.abc import Iterator, Sequence

from tongtang.curriculum.api import PRESCHOOL_GRADES, STAGE_GRADES
from tongtang.exchange.generate.drafts import ClassDraft, SchoolDraft
from tongtang.exchange.generate.draws import Draws, apportion
from tongtang.exchange.generate.words import WORDS

# A class grows by this share before it is parted.
OVERFULL = 1.15
LOW_GRADES_ONLY, ONE_ROOM, FEW_IN_A_GRADE = 40, 14, 9
PRESCHOOL_WORDS = {grade: word for word, grade in PRESCHOOL_GRADES.items()}


def written_grade(grade: int) -> str:
    """A grade as files write it: k1 to k3, or 1 to 12."""
    return PRESCHOOL_WORDS.get(grade, str(grade))


def name_classes(school: SchoolDraft, draws: Draws) -> list[ClassDraft]:
    """The classes of one school; their pupils sum to the school's."""
    if school.kind == "teaching_point":
        return list(_of_point(school, draws))
    grades = STAGE_GRADES[school.stage]
    noise = [0.9 + 0.2 * draws.share() for _grade in grades]
    if school.classes:
        counts = apportion(school.classes, noise, low=1)
        heads = apportion(school.pupils, [count * share for count, share in zip(counts, noise, strict=True)])
    else:
        heads = apportion(school.pupils, noise)
        counts = [max(1, math.ceil(head / school.class_size / OVERFULL)) for head in heads]
    return [
        made
        for grade, head, count in zip(grades, heads, counts, strict=True)
        for made in _of_grade(school, grade, head, min(count, max(1, head)))
    ]


def _of_grade(school: SchoolDraft, grade: int, head: int, count: int) -> Iterator[ClassDraft]:
    if head == 0 and not school.classes:
        return
    word = WORDS["classes"]["grades"][written_grade(grade)]
    for number, pupils in enumerate(apportion(head, [1.0] * count), start=1):
        form = WORDS["classes"]["plain" if count == 1 else "numbered"]
        name = form.format(grade=word, number=number)
        yield ClassDraft(f"{school.id}-g{written_grade(grade)}-{number}", school, name, ((grade, pupils),))


def _of_point(school: SchoolDraft, draws: Draws) -> Iterator[ClassDraft]:
    """A small point keeps its low grades only; grades of a few children share a room and a teacher."""
    grades: tuple[int, ...] = (1, 2, 3) if school.pupils < ONE_ROOM else (1, 2, 3, 4)
    if school.pupils >= LOW_GRADES_ONLY:
        grades = (1, 2, 3, 4, 5, 6)
    heads = apportion(school.pupils, [0.7 + 0.6 * draws.share() for _grade in grades])
    filled = [(grade, head) for grade, head in zip(grades, heads, strict=True) if head]
    for group in _grouped(filled, one_room=school.pupils < ONE_ROOM):
        label = "".join(str(grade) for grade, _head in group)
        yield ClassDraft(f"{school.id}-g{label}", school, _name([grade for grade, _head in group]), tuple(group))


def _grouped(filled: Sequence[tuple[int, int]], *, one_room: bool) -> Iterator[list[tuple[int, int]]]:
    """Neighbouring grades together until a room holds enough; at most three grades, or all in one room."""
    group: list[tuple[int, int]] = []
    for item in filled:
        room_is_full = sum(head for _grade, head in group) >= FEW_IN_A_GRADE or len(group) == 2
        if group and not one_room and (room_is_full or item[1] >= 2 * FEW_IN_A_GRADE):
            yield group
            group = []
        group.append(item)
    if group:
        yield group


def _name(grades: Sequence[int]) -> str:
    words = WORDS["classes"]
    if len(grades) == 1:
        return str(words["plain"].format(grade=words["grades"][str(grades[0])]))
    digits = "".join(words["multi_grade_digits"][grade - 1] for grade in grades)
    return str(words["multi_grade"].format(grades=digits + words["multi_grade_year"]))
