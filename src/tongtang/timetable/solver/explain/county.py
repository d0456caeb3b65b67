"""A county without a plan: what the search for reasons has to know of it."""

import random
import time
from collections.abc import Mapping, Sequence

from tongtang.timetable.solver.explain.cause import Cause, Changes, Kind
from tongtang.timetable.solver.explain.county_causes import ladder, rows_in_the_way, rule_value, unusual, without_rows
from tongtang.timetable.solver.explain.county_suspects import around, place_lacks, suspects
from tongtang.timetable.solver.explain.county_week import school_shortage, subject_shortage
from tongtang.timetable.solver.explain.engine import Ground, Trial, reasons
from tongtang.timetable.solver.explain.reason import Reason
from tongtang.timetable.solver.grouping import construct
from tongtang.timetable.solver.local_rules import Fact
from tongtang.timetable.solver.model import Broadcast, County
from tongtang.timetable.solver.problem import Group, Problem, broadcasts_of, problem_of
from tongtang.timetable.solver.search import OutOfTime, Search
from tongtang.timetable.solver.shortage import Kind as Short
from tongtang.timetable.solver.shortage import Shortage, most_lessons, shortages
from tongtang.timetable.solver.verify import verify

ATTEMPT = 0.7
"""Seconds of one search for a plan, at 150 needs; a larger county gets more in proportion."""
USUAL_NEEDS, DRAFTS = 150, 7
AGAIN = 1.0
"""Seconds for a proof that was searched for, where the county has changed."""
Plan = tuple[Broadcast, ...]


def explain_county(
    county: County, proofs: Sequence[Shortage], unserved: Sequence[tuple[str, str, int]], seconds: float
) -> tuple[Reason, ...]:
    """Why the county has no plan, the likeliest reason first, in about so many seconds.

    `proofs` may be empty: then nothing is proven, and what the best plan leaves out (`unserved`: class, subject,
    lessons) says where to look.
    """
    attempt = ATTEMPT * max(1.0, len(county.requirements) / USUAL_NEEDS)
    return reasons(Trial(COUNTY, county, proofs, time.monotonic() + seconds, attempt), around(county, unserved))


def _short(county: County, known: Sequence[Shortage]) -> list[Shortage]:
    """Proofs that the county has no plan: by counting, and where one of those known was a deeper one."""
    problem = problem_of(county, all_starts=True)
    found = shortages(problem)
    for one in known if not found else ():
        if one.kind is Short.SCHOOL_WEEK:
            found += [again] if (again := school_shortage(problem, one.entity, AGAIN)) else []
        elif one.kind is Short.SUBJECT_WEEK and one.entity in problem.teachers_of:
            found += [again] if (again := subject_shortage(problem, one.entity, AGAIN)) else []
    return found


def find_plan(county: County, seconds: float) -> Plan | None:
    """A complete plan found within so many seconds, passed by the checker."""
    deadline = time.monotonic() + seconds
    problem = problem_of(county)
    kept: list[Plan] = []

    def publish(of: Problem, groups: list[Group]) -> None:
        if not of.missing(groups) and not of.demand.hopeless:
            kept.append(tuple(broadcasts_of(of, groups)))
            raise OutOfTime

    rng = random.Random(1)  # noqa: S311 - a search, no secret
    fewest = [block.fewest for block in problem.demand.blocks]
    draft = construct(problem, fewest, rng)
    for _again in range(DRAFTS):
        if not problem.missing(draft) or time.monotonic() > deadline:
            break
        draft = min(draft, construct(problem, fewest, rng), key=problem.unserved)
    try:
        Search(problem, 1, deadline, publish).run(draft)
    except OutOfTime:
        return kept[0] if kept and not verify(county, kept[0]) else None
    return None


def _keeps(county: County, plan: Plan) -> bool:
    return not verify(county, plan)


def _name(one: Shortage) -> tuple[object, ...]:
    return one.kind, one.entity, one.facts.get("subject")


def _reason(county: County, proofs: Sequence[Shortage], cause: Cause, changes: Changes) -> Reason:
    proof, facts = _proof_words(county, proofs[0]) if proofs else ("searched", {})
    entity = cause.entity
    return Reason(entity, proof, facts, _code(cause), facts_of(county, cause), changes, verified=True)


def _code(cause: Cause) -> str:
    return cause.entity if cause.kind is Kind.RULE else str(cause.kind)


def _proof_words(county: County, short: Shortage) -> tuple[str, Mapping[str, Fact]]:
    """Code and facts of a proof; a class without a place has one of four reasons."""
    facts: dict[str, Fact] = {**short.facts, "entity": short.entity}
    if short.kind is not Short.NO_PLACE:
        return str(short.kind), facts
    mine = county.classes[short.entity]
    facts |= {"school_id": mine.school_id, "pupils": mine.pupils, "grades": mine.grades}
    return f"no_place_{place_lacks(county, short.entity)}", facts


def facts_of(county: County, cause: Cause) -> dict[str, Fact]:
    """What the cause is now, in numbers."""
    match cause.kind:
        case Kind.TEACHER_AWAY | Kind.TEACHER_CAP:
            teacher = county.teachers[cause.entity]
            problem = problem_of(county, all_starts=True)
            there = most_lessons(problem, problem.teacher_free[cause.entity])
            return {"teacher_id": cause.entity, "hours": len(teacher.unavailable), "is": there,
                    "cap": teacher.weekly_cap, "subjects": tuple(sorted(teacher.subjects))}  # fmt: skip
        case Kind.CLASS_BLOCKED | Kind.CLASS_PUPILS | Kind.CLASS_GRADES:
            mine = county.classes[cause.entity]
            periods = 5 * len(county.bell_of(mine).periods)
            return {"class_id": cause.entity, "count": len(mine.blocked), "of": periods, "pupils": mine.pupils}
        case Kind.SCHOOL_ROOMS | Kind.SCHOOL_STREAMS | Kind.SCHOOL_BELL:
            school = county.schools[cause.entity]
            periods = len(county.bells[school.bell_id].periods)
            return {"school_id": cause.entity, "rooms": school.receiving_rooms, "streams": school.max_streams,
                    "bell_id": school.bell_id, "periods": periods}  # fmt: skip
        case Kind.BELL:
            return {"bell_id": cause.entity, "periods": len(county.bells[cause.entity].periods)}
        case Kind.STUDIOS:
            return {"studio_ids": tuple(sorted(county.studios)), "count": len(county.studios)}
        case Kind.RULE:
            return {"value": rule_value(county.rules, cause.entity)}
        case Kind.OWED:
            owed = next(
                one.lessons_per_week
                for one in county.requirements
                if (one.class_id, one.subject) == (cause.entity, cause.subject)
            )
            return {"class_id": cause.entity, "subject": cause.subject, "count": owed}
        case Kind.SUBJECT_TEACHER:
            count = sum(cause.entity in one.subjects for one in county.teachers.values())
            return {"subject": cause.entity, "count": count}
    return {}


COUNTY: Ground[County, Plan, Shortage] = Ground(
    ladder, without_rows, rows_in_the_way, unusual, suspects, _short, find_plan, _keeps, _name, _reason
)
