"""A county without a plan: which single changes would give it one, each tried out; or which several together.

A proof names everything that it rests on. What stands in every proof may be enough alone: it is freed, the county is
solved anew and checked, and then the relief is made as small as possible. Where nothing alone is enough, causes are
freed one after another until a plan is found.
"""

import bisect
import random
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tongtang.timetable.solver.explain.county_causes import (
    ORDER,
    Cause,
    Kind,
    Row,
    Size,
    freed,
    has_rows,
    is_monotone,
    ladder,
    relieved,
    rows_in_the_way,
    rule_value,
    unusual,
    without_rows,
)
from tongtang.timetable.solver.explain.county_suspects import around, place_lacks, suspects
from tongtang.timetable.solver.explain.county_week import school_shortage, subject_shortage
from tongtang.timetable.solver.explain.reason import Change, Reason
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
MOST_REASONS, MOST_TOGETHER = 6, 8
TRIES, ROW_TRIES = 3, 6
"""So many attempts fail before the smaller relief is given up."""
FAR = 1.5
"""What is so many times as tight as with its peers is the likeliest reason."""
Plan = tuple[Broadcast, ...]


@dataclass
class _Trial:
    """Tries counties out until the deadline (time.monotonic)."""

    deadline: float
    seconds: float
    proofs: Sequence[Shortage]

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.deadline

    def short(self, county: County) -> list[Shortage]:
        """Proofs that the county has no plan: by counting, and where one of the first proofs was a deeper one."""
        problem = problem_of(county, all_starts=True)
        found = shortages(problem)
        for one in self.proofs if not found else ():
            if one.kind is Short.SCHOOL_WEEK:
                found += [again] if (again := school_shortage(problem, one.entity, self.seconds)) else []
            elif one.kind is Short.SUBJECT_WEEK and one.entity in problem.teachers_of:
                found += [again] if (again := subject_shortage(problem, one.entity, self.seconds)) else []
        return found

    def plan(self, county: County) -> Plan | None:
        """A plan of the county that the checker has passed; None if a proof or the time stands against it."""
        if self.is_over or self.short(county):
            return None
        return find_plan(county, min(self.seconds, self.deadline - time.monotonic()))


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


def explain_county(
    county: County, proofs: Sequence[Shortage], unserved: Sequence[tuple[str, str, int]], seconds: float
) -> tuple[Reason, ...]:
    """Why the county has no plan, the likeliest reason first, in about so many seconds.

    `proofs` may be empty: then nothing is proven, and what the best plan leaves out (`unserved`: class, subject,
    lessons) says where to look.
    """
    attempt = ATTEMPT * max(1.0, len(county.requirements) / USUAL_NEEDS)
    trial = _Trial(time.monotonic() + seconds, attempt, proofs)
    sets = [suspects(county, one) for one in proofs]
    common = frozenset.intersection(*sets) if sets else frozenset(around(county, unserved))
    found = _alone(county, _ranked(county, common), trial)
    if not found:
        return _together(county, trial) or tuple(_named(county, proofs))
    return tuple(_reason(county, proofs[:1], cause, relieved(county, cause, size)[1]) for cause, size in found)


def _ranked(county: County, causes: Collection[Cause]) -> list[Cause]:
    """What is far from its peers first, then by kind."""
    tight = {cause: unusual(county, cause) for cause in causes}
    return sorted(causes, key=lambda each: (-tight[each] if tight[each] >= FAR else 0, ORDER[each.kind], each))


def _alone(county: County, causes: Sequence[Cause], trial: _Trial) -> list[tuple[Cause, Size]]:
    """The causes of which each is enough alone, with how far it has to give way.

    What classes are owed is only doubted where they are owed more than others, or where there is nothing else.
    """
    found: list[tuple[Cause, Size]] = []
    for usual in (False, True):
        for cause in causes:
            if (cause.kind is Kind.OWED and unusual(county, cause) < FAR) is not usual:
                continue
            if trial.is_over or len(found) >= MOST_REASONS:
                return found
            size = _smallest(county, cause, trial)
            if size is not None:
                found.append((cause, size))
        if found:
            break
    return found


def _smallest(county: County, cause: Cause, trial: _Trial) -> Size | None:
    """How far the cause has to give way for a plan to be found, as little as the time allows; None: no plan found."""
    if has_rows(cause):
        whole = freed(county, cause)
        plan = trial.plan(whole) if whole else None
        return _fewest_rows(county, cause, plan, trial) if plan else None
    steps = [relief[0] for relief in ladder(county, cause)]
    if not is_monotone(cause):
        return next((size for size, step in enumerate(steps) if trial.plan(step)), None)
    # What is not ruled out is tried from the smallest on; a plan of the freed county tells how far is enough.
    low = bisect.bisect_left(steps, True, key=lambda step: not trial.short(step)) if steps else 0
    if low < len(steps) and trial.plan(steps[low]):
        return low
    plan = trial.plan(steps[-1]) if low < len(steps) - 1 else None
    high = next(size for size in range(low, len(steps)) if not verify(steps[size], plan)) if plan else len(steps)
    between = range(low + 1, min(low + 1 + TRIES, high))
    return next((size for size in between if trial.plan(steps[size])), high if plan else None)


def _fewest_rows(county: County, cause: Cause, plan: Plan, trial: _Trial) -> tuple[Row, ...]:
    """Rows put back one by one as long as a plan is found with them."""
    rows = rows_in_the_way(county, cause, plan)
    needed: list[Row] = []
    while len(rows) > 1 and (rest := [row for row in rows if row not in needed]) and len(needed) < ROW_TRIES:
        fewer = without_rows(county, cause, [row for row in rows if row != rest[0]])
        other = trial.plan(fewer[0])
        if other is None:
            needed.append(rest[0])
        else:
            rows = rows_in_the_way(county, cause, other)
    return tuple(rows)


def _together(county: County, trial: _Trial) -> tuple[Reason, ...]:
    """Several causes that all have to give way: one by one that which most of the remaining proofs rest on."""
    chosen: list[tuple[Cause, list[Shortage]]] = []
    left, now = list(trial.proofs), county
    while left and len(chosen) < MOST_TOGETHER and not trial.is_over:
        count = Counter(cause for one in left for cause in suspects(now, one))
        ranked = sorted(_ranked(now, count), key=lambda cause: -count[cause])
        steps = ((cause, _freer(now, cause, left, trial)) for cause in ranked)
        found = next(((cause, step) for cause, step in steps if step), None)
        if found is None:
            break
        cause, (now, left, gone) = found
        chosen.append((cause, gone))
    return _all_of(county, now, chosen, trial)


def _named(county: County, proofs: Sequence[Shortage]) -> Iterator[Reason]:
    """What the proofs are about, where no relief was found in time: the likeliest cause of each, unverified."""
    for one in proofs[:MOST_TOGETHER]:
        cause = _ranked(county, suspects(county, one))[0]
        reason = _reason(county, [one], cause, ())
        yield replace(reason, verified=False, together=len(proofs) > 1)


def _freer(
    county: County, cause: Cause, proofs: Sequence[Shortage], trial: _Trial
) -> tuple[County, list[Shortage], list[Shortage]] | None:
    """The county freed from the cause, the proofs that remain and those that fall; None where none falls."""
    whole = freed(county, cause)
    if whole is None:
        return None
    left = trial.short(whole)
    known = {_name(one) for one in left}
    gone = [one for one in proofs if _name(one) not in known]
    return (whole, left, gone) if gone else None


def _name(one: Shortage) -> tuple[object, ...]:
    return one.kind, one.entity, one.facts.get("subject")


def _all_of(
    county: County, free: County, chosen: Sequence[tuple[Cause, list[Shortage]]], trial: _Trial
) -> tuple[Reason, ...]:
    """Each chosen cause with its smallest relief, beside the reliefs of those before and the freedom of those after.

    Where no plan is found with all of them free, they are told without a relief.
    """
    now, reasons, solved = county, list[Reason](), trial.plan(free) is not None
    for place, (cause, gone) in enumerate(chosen):
        rest = now
        for other, _gone in chosen[place + 1 :]:
            rest = freed(rest, other) or rest
        size = _smallest(rest, cause, trial) if solved else None
        now, changes = relieved(now, cause, size) if size is not None else (freed(now, cause) or now, ())
        reason = _reason(county, gone[:1], cause, changes)
        reasons.append(replace(reason, verified=size is not None, together=len(chosen) > 1))
    return tuple(reasons)


def _reason(county: County, proofs: Sequence[Shortage], cause: Cause, changes: tuple[Change, ...]) -> Reason:
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
