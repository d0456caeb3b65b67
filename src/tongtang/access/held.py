"""What a person holds on a day, and at which of their places they stand."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from tongtang.access.actor import Assignment, Scope
from tongtang.access.models import Role, RoleAssignment
from tongtang.foundation import clock
from tongtang.organisations.models import Region

FIELDS = (
    "role",
    "school_id",
    "code_low",
    "code_high",
    "group",
    "stands_in_for_id",
    "valid_from",
    "valid_to",
    "delegated_from_id",
    "school__public_id",
    "school__name",
    "region_name",
    "group_name",
)


def _on(day: date, path: str = "") -> Q:
    begun = Q(**{f"{path}valid_from__lte": day})
    return begun & (Q(**{f"{path}valid_to": None}) | Q(**{f"{path}valid_to__gte": day}))


def in_force(day: date | None = None) -> QuerySet[RoleAssignment]:
    """Assignments that hold on `day` (default today). One that was lent holds only while the lender's own one does."""
    today = day or clock.today()
    lent = (
        _on(today, "delegated_from__")
        & Q(delegated_from__delegated_from=None)
        & Q(delegated_from__person__ended_on=None)
        & Q(delegated_from__person__account__is_active=True)
    )
    return RoleAssignment.objects.filter(_on(today) & (Q(delegated_from=None) | lent))


def held_rows(person_id: int) -> list[dict[str, Any]]:
    """What the person holds today with the names of the places, in one query."""
    return held_by([person_id]).get(person_id, [])


def held_by(people: Collection[int]) -> Mapping[int, list[dict[str, Any]]]:
    """`held_rows` of many, by person, in one query."""
    named = Region.objects.filter(code=OuterRef("code_low")).values("name")[:1]
    rows = in_force().filter(person__in=people).annotate(region_name=Subquery(named))
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows.order_by("pk").values("person_id", *FIELDS):
        found[row["person_id"]].append(row)
    return found


def assignment_of(row: dict[str, Any]) -> Assignment:
    """One row of `held_rows` as the rules know it."""
    stands_in = row["stands_in_for_id"] is not None
    return Assignment(
        Role(row["role"]),
        row["school_id"],
        row["code_low"],
        row["code_high"],
        row["group"],
        row["stands_in_for_id"],
        row["valid_from"] if stands_in else None,
        row["valid_to"] if stands_in else None,
        lent=row["delegated_from_id"] is not None,
    )


def _key_and_name(row: dict[str, Any]) -> tuple[str, str]:
    if row["school_id"] is not None:
        return f"school-{row['school__public_id']}", row["school__name"]
    if row["code_low"] is not None:
        return f"region-{row['code_low']}-{row['code_high']}", row["region_name"] or str(row["code_low"])
    return f"group-{row['group']}", row["group_name"] or _("Group of schools")


def scopes_of(rows: Sequence[dict[str, Any]]) -> tuple[Scope, ...]:
    """Each place once, with the words of the roles there."""
    roles: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        words = roles.setdefault(_key_and_name(row), [])
        word = str(Role(row["role"]).label)
        if word not in words:
            words.append(word)
    return tuple(Scope(key, name, _(", ").join(words)) for (key, name), words in roles.items())


def at_scope(rows: Sequence[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """The rows that hold at the place `key`; all of them where it is none of the person's places any more."""
    chosen = [row for row in rows if _key_and_name(row)[0] == key]
    return chosen or list(rows)
