"""What stands in the way of a change of a school, by name."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta

from django.db.models import Max
from django.utils.translation import gettext as _

from tongtang.alliances.models import Alliance
from tongtang.foundation import clock
from tongtang.lessons import api as lessons
from tongtang.organisations.models import ClassPlacement, HomeClass, School, SchoolChange, SchoolName

ONE_DAY = timedelta(days=1)
FARTHEST_BACK = timedelta(days=366)


def of_day(day: date) -> Iterator[str]:
    """A change holds from a day that has come: what is planned for later would be decided on a county of today."""
    today = clock.today()
    if day > today:
        yield _("The day has not come yet; make the change on %(day)s.") % {"day": day.isoformat()}
    if day < today - FARTHEST_BACK:
        yield _("The day lies more than a year back; choose a later one.")


def of_name(school: School, day: date) -> Iterator[str]:
    """A name begins no earlier than the one that it follows: what was told of the days between stays."""
    last = SchoolName.objects.filter(school=school).aggregate(last=Max("valid_to"))["last"]
    if last is not None and day <= last:
        sentence = _("The present name holds from %(day)s on; choose that day or a later one.")
        yield sentence % {"day": (last + ONE_DAY).isoformat()}


def of_places(classes: Collection[HomeClass], day: date) -> Iterator[str]:
    """A class moves on no earlier than it came."""
    last = ClassPlacement.objects.filter(home_class__in=list(classes)).aggregate(last=Max("valid_to"))["last"]
    if last is not None and day <= last:
        sentence = _("A class came to this school on %(day)s only; choose that day or a later one.")
        yield sentence % {"day": (last + ONE_DAY).isoformat()}


def of_lessons(school: School, classes: Collection[HomeClass], *, teaching: bool) -> Iterator[str]:
    """Lessons to come of the classes that move and, where the school ends, those that it teaches."""
    now = clock.now()
    sentence = _("%(who)s has %(count)d lessons to come, the first on %(day)s; move or cancel them first.")
    names = {one.pk: one.name for one in classes}
    found = [(names[pk], holding) for pk, holding in lessons.held_by_classes(set(names), now).items()]
    if teaching:
        found += [(school.name, holding) for holding in lessons.held_by_schools({school.pk}, now).values()]
    for who, holding in sorted(found, key=lambda pair: pair[0]):
        yield sentence % {"who": who, "count": holding.count, "day": holding.first.isoformat()}


def of_merge(school: School, other: School, day: date) -> list[str]:
    """Why `school` cannot be taken in by `other` from `day` on."""
    found = list(of_day(day))
    if school.pk == other.pk:
        found.append(_("A school cannot take itself in; choose another one."))
    if school.ended_on or other.ended_on:
        found.append(_("One of the schools has ended already; reload the page."))
    if school.county_code != other.county_code:
        found.append(_("The schools belong to different counties; only schools of one county are merged."))
    if other.parent_id == school.pk:
        found.append(_("%(other)s is a point of this school; merge it the other way round.") % {"other": other.name})
    for alliance in Alliance.objects.filter(anchor_school=school, valid_to=None):
        sentence = _("The school is the anchor of %(alliance)s; give it another anchor first.")
        found.append(sentence % {"alliance": alliance.name})
    for born in SchoolChange.objects.filter(kind=SchoolChange.Kind.SPLIT, other=other, day__gt=day):
        sentence = _("%(other)s came into being on %(day)s; choose that day or a later one.")
        found.append(sentence % {"other": other.name, "day": born.day.isoformat()})
    classes = list(HomeClass.objects.filter(school=school, ended_on=None))
    return [*found, *of_places(classes, day), *of_lessons(school, classes, teaching=True)]


def of_split(school: School, classes: Collection[HomeClass], day: date) -> list[str]:
    """Why `classes` cannot leave `school` for a new one from `day` on."""
    found = list(of_day(day))
    if school.ended_on:
        found.append(_("One of the schools has ended already; reload the page."))
    if any(one.school_id != school.pk or one.ended_on for one in classes):
        found.append(_("One of the classes left the school meanwhile; reload the page."))
    staying = HomeClass.objects.filter(school=school, ended_on=None).exclude(pk__in=[one.pk for one in classes])
    if not staying.exists():
        found.append(_("No class would stay; rename the school instead."))
    return [*found, *of_places(classes, day), *of_lessons(school, classes, teaching=False)]
