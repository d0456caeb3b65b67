"""Who is asking: a person with role assignments, a classroom device, or both."""

from dataclasses import dataclass, field
from uuid import UUID

from tongtang.access.models import Role

NO_ID = UUID(int=0)


@dataclass(frozen=True)
class Assignment:
    """A role at a school (`school_id`) or at all schools whose bureau's code lies in [code_low, code_high]."""

    role: Role
    school_id: int | None = None
    code_low: int | None = None
    code_high: int | None = None


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
    """The one asking, with what holds today."""

    person_id: int | None = None
    display_name: str = ""
    county_code: int | None = None
    assignments: tuple[Assignment, ...] = ()
    device: Device | None = None
    pupil: PupilHere | None = None
    scopes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(assignment.role for assignment in self.assignments)

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
