"""The rules of access and lessons once more, in plain words over plain data: what `policies` is held against.

Written from the domain, not from the policy tables: loops and ifs, no query, no shared code.
"""

from dataclasses import dataclass, field

OFFICERS = {"system_administrator", "administration_officer", "subject_researcher", "technician"}
POWERS_APART = {"security_administrator", "auditor"}
GOVERNING = OFFICERS | POWERS_APART | {"school_head"}
GUESTS = {"expert", "observer"}


@dataclass(frozen=True)
class Held:
    """A role at a school (its number), or over the codes low..high."""

    role: str
    school: int | None = None
    low: int = 0
    high: int = -1
    days: str = "now"
    """now, over, to come"""
    lent: str = ""
    """"": own; "standing": lent from a role that holds; "fallen": from one that has ended"""
    absent: int | None = None
    """number of the teacher for whom this one stands in, for the lessons of today and tomorrow"""

    @property
    def counts(self) -> bool:
        return self.days == "now" and self.lent != "fallen"


@dataclass
class School:
    region: int


@dataclass
class Staff:
    """`posts` are numbers of schools where the person works now; `past` where they once did."""

    county: int
    posts: set[int] = field(default_factory=set)
    past: set[int] = field(default_factory=set)
    roles: list[Held] = field(default_factory=list)


@dataclass
class Lesson:
    """`received` are (school, room) of its classrooms, `watched` of those to which the plan shows its recording."""

    school: int
    teacher: int
    received: list[tuple[int, int]] = field(default_factory=list)
    in_days: int = 0
    watched: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class Asking:
    """A person (their number), a device (school and room), both or neither."""

    person: int | None = None
    roles: list[Held] = field(default_factory=list)
    device: tuple[int, int] | None = None
    at: tuple[int | None, int, int] | None = None
    """the one place, of those where a role is held, that was chosen to stand at"""

    def standing(self) -> list[Held]:
        """What the person may use: what holds today, at the chosen place."""
        today = [held for held in self.roles if held.counts]
        if self.at is None:
            return today
        return [held for held in today if (held.school, held.low, held.high) == self.at]


@dataclass
class Small:
    """A little world; rows are known by their place in the list. A room is (school, room)."""

    schools: list[School]
    staff: list[Staff]
    rooms: list[tuple[int, int]]
    lessons: list[Lesson]
    regions: list[tuple[int, int]]

    def reaches(self, held: Held, school: int) -> bool:
        if held.school is not None:
            return held.school == school
        return held.low <= self.schools[school].region <= held.high

    def holds(self, who: Asking, school: int, *roles: str) -> bool:
        return any(held.role in roles and self.reaches(held, school) for held in who.standing())

    # ---- people

    def in_charge_of(self, held: Held, person: Staff) -> bool:
        """By a present post; a person who never had a post belongs to the office of their county."""
        if any(self.reaches(held, school) for school in person.posts):
            return True
        postless = not person.posts and not person.past
        return postless and held.school is None and held.low <= person.county <= held.high

    def may_see_person(self, who: Asking, number: int) -> bool:
        person = self.staff[number]
        for held in who.standing():
            if held.role in ("system_administrator", "security_administrator") and self.in_charge_of(held, person):
                return True
            if held.role == "school_head" and any(self.reaches(held, school) for school in person.posts):
                return True
        return False

    def is_inside(self, role: Held, node: Held) -> bool:
        if node.school is not None:
            return role.school == node.school
        if role.school is not None:
            return node.low <= self.schools[role.school].region <= node.high
        return node.low <= role.low and role.high <= node.high

    def _all_inside(self, who: Asking, number: int, role: str) -> bool:
        nodes = [held for held in who.standing() if held.role == role]
        person = self.staff[number]
        if not any(self.in_charge_of(node, person) for node in nodes):
            return False
        governing = [held for held in person.roles if held.role in GOVERNING and held.days != "over"]
        return all(any(self.is_inside(held, node) for node in nodes) for held in governing)

    def may_assign(self, who: Asking, number: int) -> bool:
        """Never to those of the other two powers: their code or role would be the administrator's."""
        apart = any(held.role in POWERS_APART and held.days != "over" for held in self.staff[number].roles)
        return not apart and self._all_inside(who, number, "system_administrator")

    def may_manage_factors(self, who: Asking, number: int) -> bool:
        return self._all_inside(who, number, "security_administrator")

    def may_renew(self, who: Asking, number: int) -> bool:
        if self.may_assign(who, number):
            return True
        person = self.staff[number]
        if any(role.role in GOVERNING and role.days != "over" for role in person.roles):
            return False
        heads = [held for held in who.standing() if held.role == "school_head"]
        return any(self.reaches(head, school) for head in heads for school in person.posts)

    def may_assign_in(self, who: Asking, region: int) -> bool:
        code = self.regions[region][0]
        return any(
            held.role == "system_administrator" and held.school is None and held.low <= code <= held.high
            for held in who.standing()
        )

    def may_approve(self, who: Asking, number: int) -> bool:
        """Numbers 0 and 1 were asked at the school of that number, 2 and 3 in a county; never by the one who asked."""
        if who.person is None or who.person == number:
            return False
        roles = ("system_administrator", "administration_officer", "school_head")
        if number < 2:
            return self.holds(who, number, *roles)
        code = sorted_counties(self)[number % 3]
        nodes = [held for held in who.standing() if held.role in roles and held.school is None]
        return any(held.low <= code and code + 10**6 - 1 <= held.high for held in nodes)

    def may_set_policy(self, who: Asking) -> bool:
        nodes = [held for held in who.standing() if held.role == "security_administrator" and held.school is None]
        return any(all(held.low <= one.region <= held.high for one in self.schools) for held in nodes)

    # ---- rooms, lessons, receptions

    def may_bind(self, who: Asking, room: int) -> bool:
        binders = ("system_administrator", "technician", "school_head", "local_teacher")
        return self.holds(who, self.rooms[room][0], *binders)

    def teaches(self, who: Asking, lesson: Lesson) -> bool:
        """The teacher, at a chosen place its lessons; or whoever stands in, for lessons of these days."""
        anchors = [held for held in who.standing() if held.role == "anchor_teacher"]
        if who.person is None or not anchors:
            return False
        if who.person == lesson.teacher and (who.at is None or any(held.school == lesson.school for held in anchors)):
            return True
        return lesson.in_days in (0, 1) and any(
            held.absent == lesson.teacher and held.school == lesson.school for held in anchors
        )

    def may_cancel(self, who: Asking, lesson: Lesson) -> bool:
        """Those who answer for the school that teaches it; a school that receives it does not."""
        return self.holds(who, lesson.school, "school_head", "administration_officer", "system_administrator")

    def may_view(self, who: Asking, number: int) -> bool:
        lesson = self.lessons[number]
        if self.teaches(who, lesson) or self.holds(who, lesson.school, *OFFICERS, *GUESTS, "school_head"):
            return True
        return any(
            who.device == place or self.holds(who, place[0], *OFFICERS, *GUESTS, "school_head", "local_teacher")
            for place in lesson.received
        )

    def may_watch(self, who: Asking, lesson: Lesson) -> bool:
        """The classes to which it is shown; who may view the lesson sees its recording without this."""
        return any(
            who.device == place or self.holds(who, place[0], "school_head", "local_teacher") for place in lesson.watched
        )

    def may_view_reception(self, who: Asking, lesson: Lesson, place: tuple[int, int]) -> bool:
        if self.teaches(who, lesson) or who.device == place:
            return True
        return self.holds(who, place[0], *OFFICERS, *GUESTS, "school_head", "local_teacher") or self.holds(
            who, lesson.school, "school_head"
        )

    def may_receive(self, who: Asking, place: tuple[int, int]) -> bool:
        return who.device == place or self.holds(who, place[0], "local_teacher")

    def may_make_up(self, who: Asking, lesson: Lesson, place: tuple[int, int]) -> bool:
        arrangers = ("school_head", "administration_officer", "system_administrator")
        return self.teaches(who, lesson) or self.holds(who, place[0], *arrangers)


def sorted_counties(world: Small) -> list[int]:
    """The counties in the order in which the world lists them."""
    return [code for code, level in world.regions if level == 6]
