"""Which alliance a county's plan belongs to."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from tongtang.alliances import api as alliances
from tongtang.alliances.models import Alliance, Topology
from tongtang.organisations.models import HomeClass, School, Studio
from tongtang.people.models import Person
from tongtang.timetable.queries import rules_of
from tongtang.timetable.solver.model import Broadcast, RecordedLesson


def gathered_alliance(
    broadcasts: Sequence[Broadcast],
    county_code: int,
    day: date,
    recorded: Sequence[RecordedLesson] = (),
    anchor: School | None = None,
) -> Alliance:
    """The alliance of the school whose studios the plan uses; the plan founds it, or extends its pool and members.

    A plan all of whose lessons are recorded uses none: it is that of `anchor`, else of the one school with studios.

    Raises:
        alliances.Refused: studios of several schools, a school that the topology does not admit, or nothing but
            recordings of an alliance that there is not yet.
    """
    studios = Studio.objects.filter(county_code=county_code)
    if broadcasts:
        studios = studios.filter(source_id__in={one.studio_id for one in broadcasts})
    else:
        studios = studios.filter(ended_on=None)
    used = School.objects.filter(studios__in=studios).distinct()
    anchors = list(used) if anchor is None or broadcasts else [anchor]
    if len(anchors) != 1:
        raise alliances.Refused(
            _("The studios of a plan belong to one anchor school; this plan has %d.") % len(anchors)
        )
    teachers = Person.objects.filter(county_code=county_code, source_id__in={one.teacher_id for one in broadcasts})
    alliance = alliances.alliance_anchored_by(anchors[0], day)
    if alliance is None and not broadcasts:
        sentence = _("All of this plan is recorded, and %(school)s has taught nothing yet that could be watched.")
        raise alliances.Refused(sentence % {"school": anchors[0].name})
    alliance = alliance or _found(anchors[0], list(teachers), county_code, day)
    if alliance.topology == Topology.DEDICATED:
        alliances.add_specialists(alliance, list(teachers), day)
    classes = {class_id for one in broadcasts for class_id in one.class_ids} | {one.class_id for one in recorded}
    receiving = HomeClass.objects.filter(county_code=county_code, source_id__in=classes, ended_on=None)
    for school in School.objects.filter(home_classes__in=receiving).distinct():
        alliances.admit(alliance=alliance, school=school, valid_from=min(day, alliance.valid_from))
    return alliance


def _found(anchor: School, teachers: list[Person], county_code: int, day: date) -> Alliance:
    limits = rules_of(county_code).limits
    return alliances.found_alliance(
        name=_("Teaching alliance of %(school)s") % {"school": anchor.name},
        topology=Topology.DEDICATED,
        anchor_school=anchor,
        max_classes_per_lesson=limits.max_classes or 1,
        max_pupils_per_lesson=limits.max_pupils or 1,
        specialists=teachers,
        valid_from=day,
    )
