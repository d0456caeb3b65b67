"""Ids of pupils that ended because they were another one's."""

from tongtang.exchange.models import DuplicatePair


def absorbed_ids(county: int) -> dict[str, str]:
    """Ids of pupils who were found to be another one, with the id of that one."""
    rows = DuplicatePair.objects.filter(county_code=county, state=DuplicatePair.State.SAME).select_related(
        "first", "second", "kept"
    )
    found: dict[str, str] = {}
    for row in rows:
        if row.kept is not None:
            gone = row.second if row.kept_id == row.first_id else row.first
            found[gone.source_id] = row.kept.source_id
    return found
