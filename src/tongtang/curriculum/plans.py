"""What a curriculum plan asks for, and where a timetable of weeks departs from it: pure functions on dataclasses.

Source of the form: the ministry's plan for compulsory education (2022): periods a week by grade, 39 weeks a year of
which 35 teach (33 in the last year), and ranges of shares by learning area over all nine years.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

GradeSubject = tuple[int, str]
WHOLE = 10_000


@dataclass(frozen=True)
class Grade:
    """Periods a week, all subjects together, and teaching weeks of the year."""

    grade: int
    periods_per_week: int
    weeks: int

    @property
    def periods(self) -> int:
        """Periods of the year."""
        return self.periods_per_week * self.weeks


@dataclass(frozen=True)
class Area:
    """A learning area: shares in ten-thousandths of all periods; `per_week` by grade where the plan prints it."""

    code: str
    subjects: frozenset[str]
    grades: frozenset[int]
    low: int
    high: int
    printed: int | None = None
    per_week: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """One version of the plan."""

    code: str
    grades: tuple[Grade, ...]
    areas: tuple[Area, ...]

    def area_of(self, subject: str) -> Area | None:
        """The learning area of a subject code."""
        return next((area for area in self.areas if subject in area.subjects), None)

    def week_of(self, grade: int) -> Grade | None:
        return next((one for one in self.grades if one.grade == grade), None)


@dataclass(frozen=True)
class Violation:
    """Where a week of timetables breaks a plan. `grade` None: over all grades; `asked` and `found` in `unit`.

    `code`: "missing" (an area that a grade must have), "week_total", "per_week" in periods; "share_low", "share_high"
    in ten-thousandths of all periods. Of what is delivered: "undelivered" (planned, due, nothing came) and "not_due".
    """

    code: str
    area: str
    grade: int | None
    asked: int
    found: int


def total_periods(plan: Plan) -> int:
    """Periods of all years: 26 x 35 x 2 + 30 x 35 x 4 + 34 x 35 x 2 + 34 x 33 = 9,522 in the national plan."""
    return sum(one.periods for one in plan.grades)


def periods_of(plan: Plan, area: Area, week: Mapping[GradeSubject, int]) -> int:
    """Periods of an area over all years, from periods a week by (grade, subject)."""
    weeks = {one.grade: one.weeks for one in plan.grades}
    return sum(count * weeks.get(grade, 0) for (grade, subject), count in week.items() if subject in area.subjects)


def printed_periods(plan: Plan, area: Area) -> int:
    """Periods of an area over all years, from the periods a week that the plan prints."""
    weeks = {one.grade: one.weeks for one in plan.grades}
    return sum(count * weeks[grade] for grade, count in area.per_week.items())


def share(part: int, whole: int) -> int:
    """Ten-thousandths, rounded half up."""
    return (2 * part * WHOLE + whole) // (2 * whole)


def _in_grade(plan: Plan, one: Grade, week: Mapping[GradeSubject, int]) -> list[Violation]:
    mine = {subject: count for (grade, subject), count in week.items() if grade == one.grade}
    found = []
    if sum(mine.values()) != one.periods_per_week:
        found.append(Violation("week_total", "", one.grade, one.periods_per_week, sum(mine.values())))
    for area in plan.areas:
        given = sum(mine.get(subject, 0) for subject in area.subjects)
        asked = area.per_week.get(one.grade)
        if one.grade in area.grades and not given:
            found.append(Violation("missing", area.code, one.grade, asked or 1, 0))
        elif asked is not None and given < asked:
            found.append(Violation("per_week", area.code, one.grade, asked, given))
    return found


def violations(plan: Plan, week: Mapping[GradeSubject, int]) -> list[Violation]:
    """Every departure of the periods a week by (grade, subject); shares only where all grades of the plan are given."""
    grades = {grade for grade, _subject in week}
    found = [each for one in plan.grades if one.grade in grades for each in _in_grade(plan, one, week)]
    if grades >= {one.grade for one in plan.grades}:
        found += _shares(plan, week)
    return found


def _shares(plan: Plan, week: Mapping[GradeSubject, int]) -> list[Violation]:
    whole = total_periods(plan)
    found = []
    for area in plan.areas:
        given = share(periods_of(plan, area, week), whole)
        if given < area.low:
            found.append(Violation("share_low", area.code, None, area.low, given))
        elif given > area.high:
            found.append(Violation("share_high", area.code, None, area.high, given))
    return found


def lacking(plan: Plan, grades: Sequence[int], subjects: frozenset[str]) -> list[tuple[int, str]]:
    """(grade, area) of the areas that a class of these grades must have and that none of its subjects gives."""
    return [
        (grade, area.code)
        for grade in grades
        for area in plan.areas
        if grade in area.grades and not area.subjects & subjects
    ]
