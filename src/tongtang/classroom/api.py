"""The door of classroom for the contexts above."""

from tongtang.classroom.agenda import DayLesson, DayReception, agenda, lesson_title, lessons_on
from tongtang.classroom.queries import OPENS_BEFORE

__all__ = ["OPENS_BEFORE", "DayLesson", "DayReception", "agenda", "lesson_title", "lessons_on"]
