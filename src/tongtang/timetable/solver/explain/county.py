"""A county without a plan: what the search for reasons has to know of it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tongtang.timetable.solver.explain.attempt import Plan, Rounds, attempt
from tongtang.timetable.solver.explain.budget import Budget
from tongtang.timetable.solver.explain.cause import Cause, Changes, Kind
from tongtang.timetable.solver.explain.county_causes import ladder, rows_in_the_way, rule_value, unusual, without_rows
from tongtang.timetable.solver.explain.county_suspects import around, place_lacks, suspects
from tongtang.timetable.solver.explain.county_week import school_shortage, schools_of, subject_shortage
from tongtang.timetable.solver.explain.engine import Ground, Patience, Trial
from tongtang.timetable.solver.explain.own_causes import own_places
from tongtang.timetable.solver.explain.reason import Reason
from tongtang.timetable.solver.explain.together import reasons
from tongtang.timetable.solver.local_rules import Fact
from tongtang.timetable.solver.model import County
from tongtang.timetable.solver.problem import Problem, problem_of
from tongtang.timetable.solver.shortage import Kind as Short
from tongtang.timetable.solver.shortage import Shortage, most_lessons, shortages
from tongtang.timetable.solver.verify import verify

WORK = 30.0
"""Steps of work for one explanation (`attempt`): 3 to 5 seconds of a processor for any county."""
UNPROVEN = 16.0
"""The same where nothing is proven, which took two attempts and the proofs asked for in vain."""
ROUNDS = {Patience.GLANCE: Rounds(2), Patience.LONG: Rounds(3, 3, 4)}
PROVE = {Short.SCHOOL_WEEK: school_shortage, Short.SUBJECT_WEEK: subject_shortage}
AGAIN = {Short.SCHOOL_WEEK: 0.3, Short.SUBJECT_WEEK: 0.5}
STEPS, EASY = 4.0, 0.1
"""CP-SAT's work for a proof that is asked again, where the county has changed: a unit of it counts as so many steps,
and a proof that is found is taken to have cost so much of the whole."""


def explain_county(county: County, proofs: Sequence[Shortage], seconds: float) -> tuple[Reason, ...]:
    """Why the county has no plan, the likeliest reason first; empty where one was found.

    The work is counted, so that the same county has the same reasons on every machine; `seconds` are the guard beyond
    it, noted in the reasons where it ended the search. `proofs` are those that are known already, used where neither
    counting nor a proof for what a first attempt leaves out finds any. With no proof at all, what a longer attempt
    leaves out says where to look.
    """
    budget = Budget(WORK, time.monotonic() + seconds)
    problem = problem_of(county, all_starts=True)
    proven: Sequence[Shortage] = shortages(problem)
    others: list[Cause] = []
    asked: dict[tuple[Short, str], Shortage | None] = {(one.kind, one.entity): one for one in proofs}
    for patience in Patience if not proven else ():
        tried = attempt(county, ROUNDS[patience], budget)
        if tried.plan is not None:
            return ()
        proven = _proofs(problem, tried.left_out, asked, budget) or proofs
        if proven:
            break
        others = around(county, tried.left_out)
    budget.work = WORK if proven else UNPROVEN
    return reasons(Trial(COUNTY, county, proven, budget), others)


def _proofs(
    problem: Problem,
    left_out: Sequence[tuple[str, str, int]],
    asked: dict[tuple[Short, str], Shortage | None],
    budget: Budget,
) -> list[Shortage]:
    """Of the schools alone that something is left out at; else of the subjects that are. Nothing is `asked` twice."""
    schools = {problem.county.classes[class_id].school_id for class_id, _subject, _lessons in left_out}
    subjects = {subject for _class_id, subject, _lessons in left_out}
    for kind, names in ((Short.SCHOOL_WEEK, schools), (Short.SUBJECT_WEEK, subjects)):
        for one in sorted(names):
            if (kind, one) not in asked:
                asked[kind, one] = PROVE[kind](problem, one, seconds=budget.seconds)
        if found := [proof for one in sorted(names) if (proof := asked[kind, one])]:
            return found
    return []


def _short(county: County, known: Sequence[Shortage], budget: Budget) -> list[Shortage]:
    """Proofs that the county has no plan: by counting, and where one of those known was a deeper one."""
    problem = problem_of(county, all_starts=True)
    found = shortages(problem)
    names = {*schools_of(problem), *problem.teachers_of}
    for one in known if not found else ():
        if one.kind in AGAIN and one.entity in names:
            again = PROVE[one.kind](problem, one.entity, AGAIN[one.kind], budget.seconds)
            budget.spend(STEPS * AGAIN[one.kind] * (EASY if again else 1.0))
            found += [again] if again else []
    return found


def find_plan(county: County, patience: Patience, budget: Budget) -> Plan | None:
    """A complete plan, passed by the checker."""
    return attempt(county, ROUNDS[patience], budget).plan


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
    if "facilitators" in facts:
        return "school_facilitators", facts
    if short.kind is not Short.NO_PLACE:
        return str(short.kind), facts
    mine = county.classes[short.entity]
    facts |= {"school_id": mine.school_id, "pupils": mine.pupils, "grades": mine.grades}
    return f"no_place_{place_lacks(county, short.entity)}", facts


def facts_of(county: County, cause: Cause) -> dict[str, Fact]:
    """What the cause is now, in numbers."""
    match cause.kind:
        case Kind.TEACHER_AWAY | Kind.TEACHER_OWN | Kind.TEACHER_CAP:
            teacher = county.teachers[cause.entity]
            problem = problem_of(county, all_starts=True)
            there = most_lessons(problem, problem.teacher_free[cause.entity])
            return {"teacher_id": cause.entity, "hours": len(teacher.unavailable), "is": there,
                    "cap": teacher.weekly_cap, "subjects": tuple(sorted(teacher.subjects)),
                    "count": len(own_places(county, replace(cause, kind=Kind.TEACHER_OWN)))}  # fmt: skip
        case Kind.CLASS_OWN | Kind.CLASS_BLOCKED | Kind.CLASS_PUPILS | Kind.CLASS_GRADES:
            mine = county.classes[cause.entity]
            periods = 5 * len(county.bell_of(mine).periods)
            gone = own_places(county, cause) if cause.kind is Kind.CLASS_OWN else mine.blocked
            return {"class_id": cause.entity, "count": len(gone), "of": periods, "pupils": mine.pupils}
        case Kind.FACILITATORS:
            return {"teacher_ids": county.facilitators[cause.entity]}
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
