"""What a password of staff must be: one rule set by each of two standards (`TONGTANG_AUTH_PROFILE`).

asvs   OWASP ASVS 5: length and a block list; no composition rules, no forced change.
djcp3  the same, and what assessors of graded protection (level 3) ask for: kinds of characters, a change every 90 days.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import timedelta

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tongtang.access.models import Account, OldPassword
from tongtang.foundation import clock
from tongtang.foundation.environment import environment
from tongtang.people.models import Person

DJCP3 = "djcp3"
SHORTEST = 12
CHANGED_EVERY = timedelta(days=90)
NOT_AGAIN = 5
KINDS_WANTED = 3
SHORTEST_WORD = 2
"""Characters of a name or a number that count as a word of the block list."""
UNTIL = "access.password_until"
HOUSE_WORDS = ("tongtang", "password", "teacher", "school", "admin", "qwerty", "123456")
# A birth date however written, an ID number, a pupil number (the ID number behind a letter), a telephone number.
DATES = re.compile(r"(19|20)\d\d[-./]?(0[1-9]|1[0-2])[-./]?(0[1-9]|[12]\d|3[01])")
NUMBERS = re.compile(r"[GgLl]?\d{17}[\dXx]|1[3-9]\d{9}")
REST_WANTED = 8
"""Characters that must remain when blocked words are taken out of a password."""


def profile() -> str:
    """The rule set of this house: "asvs" or "djcp3"."""
    return environment().auth_profile


def words_about(person: Person | None, login: str = "") -> list[str]:
    """What others know of a person: names and numbers that make a password easy to guess."""
    words = [login, *login.split("-", 1)[-1:], *HOUSE_WORDS]
    if person is not None:
        words += [person.name, person.source_id]
        for post in person.posts.select_related("school"):
            words += [post.school.name, post.school.source_id]
    return [word for word in words if len(word) > SHORTEST_WORD or not word.isascii()]


def rest_of(password: str, words: Iterable[str]) -> str:
    """What remains of a password without dates, numbers of persons, and `words`."""
    rest = unicodedata.normalize("NFKC", password).casefold()
    for pattern in (NUMBERS, DATES):
        rest = pattern.sub("", rest)
    for word in sorted({word.casefold() for word in words if word}, key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest


class BlockedWords:
    """Refuses what is mostly the person's name, school, number, a date, or one character again and again."""

    def validate(self, password: str, user: Account | None = None) -> None:
        person = getattr(user, "person", None) if user is not None and user.person_id else None
        rest = rest_of(password, words_about(person, user.login if user else ""))
        if len(rest) < REST_WANTED or len(set(password)) < SHORTEST // 2:
            raise ValidationError(
                _("Easy to guess: names, schools, dates, telephone and ID numbers do not count. Use a short sentence."),
                code="blocked",
            )

    def get_help_text(self) -> str:
        return _("No names, schools, dates, telephone or ID numbers.")


def kinds_of(password: str) -> int:
    """How many of the four kinds occur: capitals, small letters, digits, others."""
    tests = (str.isupper, str.islower, str.isdigit)
    found = {next((n for n, test in enumerate(tests) if test(one)), len(tests)) for one in password}
    return len(found)


class Composition:
    """Under `djcp3`: three of the four kinds of characters. Under `asvs` nothing is asked (its rule 6.2.5)."""

    def validate(self, password: str, user: Account | None = None) -> None:  # noqa: ARG002 - Django's signature
        if profile() == DJCP3 and kinds_of(password) < KINDS_WANTED:
            raise ValidationError(
                _("Use three of these: capital letters, small letters, digits, other signs."), code="composition"
            )

    def get_help_text(self) -> str:
        return _("Three of: capital letters, small letters, digits, other signs.") if profile() == DJCP3 else ""


class NotAgain:
    """Under `djcp3`: none of the last five passwords."""

    def validate(self, password: str, user: Account | None = None) -> None:
        if profile() != DJCP3 or user is None or user.pk is None:
            return
        earlier = OldPassword.objects.filter(account=user).order_by("-until")[: NOT_AGAIN - 1]
        if any(check_password(password, one) for one in (user.password, *(row.encoded for row in earlier))):
            raise ValidationError(_("You have used this password before. Choose a new one."), code="again")

    def get_help_text(self) -> str:
        return _("None of your last five passwords.") if profile() == DJCP3 else ""


def set_password(account: Account, password: str) -> None:
    """The account's password from now on; the old one is kept as a hash for `NotAgain`. Saves the account."""
    now = clock.now()
    if account.pk is not None and account.has_usable_password() and account.password:
        OldPassword.objects.create(account=account, encoded=account.password, until=now)
        kept = OldPassword.objects.filter(account=account).order_by("-until").values_list("pk", flat=True)
        OldPassword.objects.filter(account=account).exclude(pk__in=list(kept[: NOT_AGAIN - 1])).delete()
    account.set_password(password)
    account.password_set_at = now
    account.save()


def note_age(request: HttpRequest, account: Account) -> None:
    """Keep with the session until when the password holds; asked without a query on each page."""
    if profile() == DJCP3:
        since = account.password_set_at or clock.now() - CHANGED_EVERY
        request.session[UNTIL] = (since + CHANGED_EVERY).timestamp()
    else:
        request.session.pop(UNTIL, None)


def is_too_old(request: HttpRequest) -> bool:
    """Under `djcp3`: whether the password of this session is older than 90 days."""
    until = request.session.get(UNTIL)
    return profile() == DJCP3 and until is not None and clock.now().timestamp() > until
