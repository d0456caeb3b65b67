"""The rules of access and lessons once more, in plain words over plain data: what `policies` is held against.

Written from the domain, not from the policy tables: loops and ifs, no query, no shared code.
"""

from dataclasses import dataclass, field

OFFICERS = {"system_administrator", "administration_officer", "subject_researcher", "technician"}
GOVERNING = OFFICERS | {"school_head"}


@dataclass(frozen=True)
class Held:
    """A role at a school (its number), or over the codes low..high."""

    role: str
    school: int | None = None
    low: int = 0
    high: int = -1


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
    """`received` are (school, room) of its classrooms."""

    school: int
    teacher: int
    received: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class Asking:
    """A person (their number), a device (school and room), both or neither."""

    person: int | None = None
    roles: list[Held] = field(default_factory=list)
    device: tuple[int, int] | None = None


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
        return any(held.role in roles and self.reaches(held, school) for held in who.roles)

    # ---- people

    def in_charge_of(self, held: Held, person: Staff) -> bool:
        """By a present post; a person who never had a post belongs to the office of their county."""
        if any(self.reaches(held, school) for school in person.posts):
            return True
        postless = not person.posts and not person.past
        return postless and held.school is None and held.low <= person.county <= held.high

    def may_see_person(self, who: Asking, number: int) -> bool:
        person = self.staff[number]
        for held in who.roles:
            if held.role == "system_administrator" and self.in_charge_of(held, person):
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

    def may_assign(self, who: Asking, number: int) -> bool:
        nodes = [held for held in who.roles if held.role == "system_administrator"]
        person = self.staff[number]
        if not any(self.in_charge_of(node, person) for node in nodes):
            return False
        governing = [role for role in person.roles if role.role in GOVERNING]
        return all(any(self.is_inside(role, node) for node in nodes) for role in governing)

    def may_renew(self, who: Asking, number: int) -> bool:
        if self.may_assign(who, number):
            return True
        person = self.staff[number]
        if any(role.role in GOVERNING for role in person.roles):
            return False
        heads = [held for held in who.roles if held.role == "school_head"]
        return any(self.reaches(head, school) for head in heads for school in person.posts)

    def may_assign_in(self, who: Asking, region: int) -> bool:
        code = self.regions[region][0]
        return any(
            held.role == "system_administrator" and held.school is None and held.low <= code <= held.high
            for held in who.roles
        )

    # ---- rooms, lessons, receptions

    def may_bind(self, who: Asking, room: int) -> bool:
        binders = ("system_administrator", "technician", "school_head", "local_teacher")
        return self.holds(who, self.rooms[room][0], *binders)

    def teaches(self, who: Asking, lesson: Lesson) -> bool:
        is_teacher = any(held.role == "anchor_teacher" for held in who.roles)
        return is_teacher and who.person is not None and who.person == lesson.teacher

    def may_cancel(self, who: Asking, lesson: Lesson) -> bool:
        """Those who answer for the school that teaches it; a school that receives it does not."""
        return self.holds(who, lesson.school, "school_head", "administration_officer", "system_administrator")

    def may_view(self, who: Asking, number: int) -> bool:
        lesson = self.lessons[number]
        if self.teaches(who, lesson) or self.holds(who, lesson.school, *OFFICERS, "school_head"):
            return True
        return any(
            who.device == place or self.holds(who, place[0], *OFFICERS, "school_head", "local_teacher")
            for place in lesson.received
        )

    def may_view_reception(self, who: Asking, lesson: Lesson, place: tuple[int, int]) -> bool:
        if self.teaches(who, lesson) or who.device == place:
            return True
        return self.holds(who, place[0], *OFFICERS, "school_head", "local_teacher") or self.holds(
            who, lesson.school, "school_head"
        )

    def may_receive(self, who: Asking, place: tuple[int, int]) -> bool:
        return who.device == place or self.holds(who, place[0], "local_teacher")

    def may_make_up(self, who: Asking, lesson: Lesson, place: tuple[int, int]) -> bool:
        arrangers = ("school_head", "administration_officer", "system_administrator")
        return self.teaches(who, lesson) or self.holds(who, place[0], *arrangers)
