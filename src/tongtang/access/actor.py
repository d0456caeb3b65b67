"""Who is asking: a person with role assignments, a classroom device, or both."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from tongtang.access.models import Role

NO_ID = UUID(int=0)


@dataclass(frozen=True)
class Assignment:
    """A role at a school (`school_id`), at all schools whose bureau's code lies in [code_low, code_high], or a group.

    `group` is the public id of an alliance. `absent_id`: a substitute of that person for lessons of `first`..`last`.
    """

    role: Role
    school_id: int | None = None
    code_low: int | None = None
    code_high: int | None = None
    group: UUID | None = None
    absent_id: int | None = None
    first: date | None = None
    last: date | None = None
    lent: bool = False

    @property
    def node(self) -> tuple[int | UUID | None, ...]:
        """Where the role holds: equal for two roles at one place."""
        return self.school_id, self.code_low, self.code_high, self.group


@dataclass(frozen=True)
class Scope:
    """A place at which a person holds roles: what the switch of the top bar posts, its name, the words of the roles."""

    key: str
    name: str
    roles: str = ""


@dataclass(frozen=True)
class Visit:
    """A support access that runs: whose school, and until when."""

    public_id: UUID
    school: str
    ends_at: datetime


@dataclass(frozen=True)
class Device:
    """An enrolled classroom device and the room it is bound to."""

    id: int
    room_id: int
    school_id: int
    label: str
    public_id: UUID = NO_ID


@dataclass(frozen=True)
class PupilHere:
    """A pupil at the own page on a classroom device. Such an actor is nothing else: neither person nor device."""

    id: int
    name: str
    home_class_id: int
    device_id: int
    session_id: int


def person_subject(person_id: int) -> str:
    """The name under which push and media know a person: ending it ends all their streams."""
    return f"person:{person_id}"


def device_subject(device_id: int) -> str:
    """The same of a classroom device."""
    return f"device:{device_id}"


@dataclass(frozen=True)
class Actor:
    """The one asking, with what holds today at the chosen scope.

    `scope_key`: the chosen one of `scopes`, "" for all of them. `visit`: help from outside at one school, and nothing
    else. `pupil_reason`: the id of the reason for which somebody above the schools may look at single pupils now.
    """

    person_id: int | None = None
    display_name: str = ""
    county_code: int | None = None
    assignments: tuple[Assignment, ...] = ()
    device: Device | None = None
    scopes: tuple[Scope, ...] = field(default=(), compare=False)
    scope_key: str = ""
    visit: Visit | None = None
    pupil_reason: int | None = None
    pupil: PupilHere | None = None

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(assignment.role for assignment in self.assignments)

    @property
    def role_label(self) -> str:
        """The words of the roles at the chosen scope, in the order of `Role`."""
        held = {(one.role, one.lent or one.absent_id is not None) for one in self.assignments}
        words = [(role, True) in held and (role, False) not in held for role in Role]
        return str(
            _(", ").join(
                str(_("%(role)s (acting)") % {"role": role.label}) if acting else str(role.label)
                for role, acting in zip(Role, words, strict=True)
                if (role, True) in held or (role, False) in held
            )
        )

    @property
    def is_known(self) -> bool:
        """A person or an enrolled device. A pupil is neither: what lets the known in keeps pupils out."""
        return self.person_id is not None or self.device is not None

    @property
    def subject(self) -> str:
        """Who holds this actor's tickets of push and media: the person, else the device."""
        if self.person_id is not None:
            return person_subject(self.person_id)
        if self.device is not None:
            return device_subject(self.device.id)
        return f"pupil:{self.pupil.id}" if self.pupil else "nobody"

    @property
    def person_key(self) -> int:
        """The primary key of the person asking.

        Raises:
            ValueError: a device asks; the caller takes persons only.
        """
        if self.person_id is None:
            raise ValueError("no person is signed in")
        return self.person_id

    def holds(self, *roles: Role) -> bool:
        """Whether one of `roles` is held anywhere."""
        return not self.roles.isdisjoint(roles)


NOBODY = Actor()
