"""What the timetable does when lessons change by hand."""

from tongtang.lessons.events import lesson_cancelled
from tongtang.timetable.facilitators import seat_facilitators

lesson_cancelled(seat_facilitators)
