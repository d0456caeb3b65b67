"""The rules of sign-in that the security administrator sets, and whom they ask for a second factor."""

from tongtang.access.actor import Actor
from tongtang.access.models import GOVERNING, Role, SignInPolicy
from tongtang.organisations.models import HomeClass

ALWAYS_ASKED = frozenset((*GOVERNING, Role.EXPERT, Role.OBSERVER, Role.SUPPORT))


def sign_in_policy() -> SignInPolicy:
    """The rules that hold; the strictest ones where nobody has set any."""
    return SignInPolicy.objects.filter(pk=1).first() or SignInPolicy(pk=1)


def _sees_several_classes(actor: Actor) -> bool:
    """An anchor teacher's lessons are received by many classes; a local teacher's school may have only one."""
    if actor.holds(Role.ANCHOR_TEACHER):
        return True
    schools = [held.school_id for held in actor.assignments if held.role == Role.LOCAL_TEACHER]
    classes = HomeClass.objects.filter(school__in=schools, ended_on=None)
    return len(classes.values_list("pk", flat=True)[:2]) > 1


def must_have_factor(actor: Actor, policy: SignInPolicy) -> bool:
    """Whether `actor` sees more than one class, or may export or configure (reliability requirement R2)."""
    if policy.second_factor == SignInPolicy.SecondFactor.OFF:
        return False
    if actor.roles & ALWAYS_ASKED:
        return True
    return policy.second_factor == SignInPolicy.SecondFactor.ALL and _sees_several_classes(actor)
