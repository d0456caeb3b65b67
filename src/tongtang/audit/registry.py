"""Retention: each context says in its `retention.py` how it forgets a category, here it is done and proved.

@retention.category("sign-in-failures")
def sign_in_failures(before: datetime, dry_run: bool) -> Forgotten:
    return forget_rows(SignInFailure.objects.filter(at__lt=before), moment="at", dry_run=dry_run)
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.module_loading import autodiscover_modules

from tongtang.audit.actions import append
from tongtang.audit.catalogue import categories
from tongtang.audit.chain import stamp
from tongtang.audit.models import Stream

AT_ONCE = 500


@dataclass(frozen=True)
class Forgotten:
    """What was deleted, or would be: how many, of which moments, and the digest of their ids. Nothing else remains."""

    count: int = 0
    first: datetime | None = None
    last: datetime | None = None
    digest: str = ""


@dataclass(frozen=True)
class Outcome:
    """One category in one run; `problem` is the error that left it undone."""

    category: str
    forgotten: Forgotten
    problem: str = ""


# Given the moment before which everything goes, and whether only to look.
Work = Callable[[datetime, bool], Forgotten]
WORKS: dict[str, Work] = {}


def category(name: str) -> Callable[[Work], Work]:
    """Make a function the work of the category `name` of `retention.toml`; files go in `transaction.on_commit`."""

    def decorate(work: Work) -> Work:
        WORKS[name] = work
        return work

    return decorate


def forgotten(rows: Iterable[tuple[Any, datetime]]) -> Forgotten:
    """The proof of (id, moment) pairs; the digest is SHA-256 of the sorted ids, one a line."""
    pairs = list(rows)
    if not pairs:
        return Forgotten()
    moments = [moment for _key, moment in pairs]
    names = "\n".join(sorted(str(key) for key, _moment in pairs))
    return Forgotten(len(pairs), min(moments), max(moments), sha256(names.encode()).hexdigest())


def forget_rows(rows: QuerySet[Any], *, moment: str, dry_run: bool, key: str = "pk") -> Forgotten:
    """Delete `rows`; `key` is the field that names a row in the proof, `moment` the one that tells its age."""
    found = list(rows.order_by().values_list("pk", key, moment))
    if not dry_run:
        model: type[Model] = rows.model
        for start in range(0, len(found), AT_ONCE):
            model._default_manager.filter(pk__in=[row[0] for row in found[start : start + AT_ONCE]]).delete()
    return forgotten((name, when) for _pk, name, when in found)


def run_all(now: datetime, *, actor: str, dry_run: bool = False) -> list[Outcome]:
    """Forget what is past its time, each category in a transaction with its proof; one that fails stops no other."""
    autodiscover_modules("retention")
    return [_run(name, work, now, actor, dry_run) for name, work in sorted(WORKS.items())]


def _run(name: str, work: Work, now: datetime, actor: str, dry_run: bool) -> Outcome:
    try:
        with transaction.atomic():
            done = work(now - timedelta(days=categories()[name].days), dry_run)
            if done.count and not dry_run:
                _prove(name, done, now, actor)
    except Exception as error:
        return Outcome(name, Forgotten(), f"{type(error).__name__}: {error}")
    return Outcome(name, done)


def _prove(name: str, done: Forgotten, now: datetime, actor: str) -> None:
    append(
        stream=Stream.RETENTION,
        action="retention.deleted",
        actor=actor,
        object=f"category:{name}",
        detail={
            "count": done.count,
            "from": stamp(done.first) if done.first else "",
            "to": stamp(done.last) if done.last else "",
            "digest": done.digest,
        },
        now=now,
        region_code=0,
    )
