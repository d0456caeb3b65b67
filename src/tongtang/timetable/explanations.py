"""Explanations for the contexts above. OR-Tools is loaded by whoever solves, never by a page."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tongtang.timetable.explain_sentences import Words, explanation_json
from tongtang.timetable.solver.model import County
from tongtang.timetable.solver.school_model import LocalLesson, WholeSchool

if TYPE_CHECKING:
    from tongtang.timetable.solver.county_plan import WeeklyAnswer


def county_explanation(county: County, answer: "WeeklyAnswer", words: Words, seconds: float) -> list[dict[str, Any]]:
    """Why the answer is no plan, in so many seconds at the latest; empty where it is one. See `explain_sentences`."""
    from tongtang.timetable.solver.explain.county import explain_county

    if answer.is_plan:
        return []
    found = explain_county(county, answer.shortages, seconds)
    return [explanation_json(reason, words) for reason in found]


def school_explanation(
    whole: WholeSchool, lessons: Sequence[LocalLesson], words: Words, seconds: float, part: float = 1.0
) -> list[dict[str, Any]]:
    """Why the school has no week, in so many seconds at the latest; with one, which stated wishes cannot be kept.

    `part`: of the usual work of a search for reasons.
    """
    from tongtang.timetable.solver.explain.school import explain_school
    from tongtang.timetable.solver.explain.wishes import explain_wishes

    found = explain_wishes(whole, lessons) if lessons else explain_school(whole, seconds, part)
    return [explanation_json(reason, words) for reason in found]
