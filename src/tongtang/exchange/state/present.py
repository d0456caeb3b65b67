"""The state of a county as it stands in the house today."""

from collections import defaultdict

from tongtang.exchange.state.values import CLASSES, PUPILS, SCHOOLS, TEACHERS, TERMS, Row, State
from tongtang.organisations.models import HomeClass, School, Term
from tongtang.people.models import Enrolment, Person, Post, Pupil


def present_state(county: int) -> State:
    """Every row of the county's rosters that has not ended. People who were added by hand are no part of a roster."""
    return {
        TERMS: _terms(county),
        SCHOOLS: _schools(county),
        CLASSES: _classes(county),
        TEACHERS: _teachers(county),
        PUPILS: _pupils(county),
    }


def _terms(county: int) -> dict[str, Row]:
    rows = Term.objects.filter(county_code=county, ended_on=None)
    return {
        row.source_id: {
            "name": row.name,
            "first_day": row.first_day.isoformat(),
            "last_day": row.last_day.isoformat(),
        }
        for row in rows
    }


def _schools(county: int) -> dict[str, Row]:
    rows = School.objects.filter(county_code=county, ended_on=None)
    values = rows.values_list("source_id", "name", "code", "parent__source_id")
    return {source_id: {"name": name, "code": code, "parent": parent} for source_id, name, code, parent in values}


def _classes(county: int) -> dict[str, Row]:
    rows = HomeClass.objects.filter(county_code=county, ended_on=None)
    values = rows.values_list("source_id", "name", "school__source_id", "grades")
    return {
        source_id: {"name": name, "school": school, "grades": sorted(grades)}
        for source_id, name, school, grades in values
    }


def _teachers(county: int) -> dict[str, Row]:
    posts: dict[int, set[str]] = defaultdict(set)
    schools = {"school__county_code": county, "school__ended_on": None}
    standing = Post.objects.filter(person__county_code=county, valid_to=None, **schools)
    for person, school in standing.values_list("person", "school__source_id"):
        posts[person].add(school)
    people = Person.objects.filter(county_code=county, ended_on=None, from_roster=True)
    return {
        source_id: {"name": name, "posts": sorted(posts[pk])}
        for pk, source_id, name in people.values_list("pk", "source_id", "name")
    }


def _pupils(county: int) -> dict[str, Row]:
    homes = {"home_class__county_code": county, "home_class__ended_on": None}
    enrolled = Enrolment.objects.filter(pupil__county_code=county, valid_to=None, **homes)
    classes = dict(enrolled.values_list("pupil", "home_class__source_id"))
    rows = Pupil.objects.filter(county_code=county, ended_on=None)
    return {
        source_id: {"name": name, "sex": sex, "birth_date": born.isoformat(), "class": classes.get(pk)}
        for pk, source_id, name, sex, born in rows.values_list("pk", "source_id", "name", "sex", "birth_date")
    }
