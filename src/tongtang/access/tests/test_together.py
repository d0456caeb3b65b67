"""Classrooms that write at the same time share a commit on SQLite; on both engines each fails by itself alone."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from threading import Barrier, Event

import pytest
from django.db import connection, connections, transaction
from tests.houses import wait_for

from tongtang.access.models import SignInFailure
from tongtang.access.pupils import together as together_module
from tongtang.access.pupils.together import together
from tongtang.foundation import clock

CLASSROOMS = 12
asking: ContextVar[str] = ContextVar("asking", default="nobody")


def note(subject: str) -> str:
    SignInFailure.objects.create(subject=subject, address="127.0.0.1", at=clock.now())
    return asking.get()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_each_gets_its_own_result_in_its_own_context_and_fails_alone() -> None:
    start = Barrier(CLASSROOMS)

    def classroom(number: int) -> str:
        def do() -> str:
            heard = note(f"class {number}")
            if number % 4 == 0:
                raise ValueError(f"class {number}")
            return heard

        asking.set(f"asked by {number}")
        start.wait(20)
        try:
            return together(do)
        except ValueError as error:
            return f"failed {error}"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CLASSROOMS) as pool:
        heard = list(pool.map(classroom, range(CLASSROOMS)))
    assert heard == [f"failed class {n}" if n % 4 == 0 else f"asked by {n}" for n in range(CLASSROOMS)]
    written = set(SignInFailure.objects.values_list("subject", flat=True))
    assert written == {f"class {n}" for n in range(CLASSROOMS) if n % 4}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_whoever_comes_while_another_writes_shares_the_next_commit() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("on PostgreSQL each has a transaction of its own")
    held, go = Event(), Event()
    commits: list[object] = []

    def first() -> None:
        held.set()
        go.wait(20)

    def leading() -> None:
        try:
            together(first)
        finally:
            connections.close_all()

    def classroom(number: int) -> None:
        def do() -> None:
            note(f"class {number}")
            transaction.on_commit(lambda: commits.append(connection.connection))

        try:
            together(do)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CLASSROOMS + 1) as pool:
        leader = pool.submit(leading)
        assert held.wait(20)
        others = [pool.submit(classroom, number) for number in range(CLASSROOMS)]
        assert wait_for(lambda: len(together_module._waiting) == CLASSROOMS)
        assert not leader.done()
        go.set()
        for one in [leader, *others]:
            one.result(20)
    assert SignInFailure.objects.count() == CLASSROOMS
    assert len(commits) == CLASSROOMS
    assert len({id(one) for one in commits}) == 1, "one connection wrote for all"
