"""Consent per purpose: what is allowed after which answers, and that the ledger only grows."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cast import Cast, actor_for, signed_in

from tongtang.consent import actions
from tongtang.consent.ledger import age_on, allowed_pupils, classes_allowed, may
from tongtang.consent.models import ConsentAnswer, ConsentNotice, Purpose, Voice
from tongtang.consent.tests.family import guardian_of, say
from tongtang.foundation import clock
from tongtang.people.models import Pupil

RECORDING = Purpose.RECORDING


def paper(cast: Cast, pupil: Pupil, agree: bool, voice: Voice = Voice.GUARDIAN, purpose: Purpose = RECORDING):
    return actions.enter_paper(
        actor=actor_for(cast.points[0].local),
        pupil=pupil,
        purpose=purpose,
        voice=voice,
        agree=agree,
        witness="罗桂英",
        signed_on=clock.today(),
    )


def test_no_answer_is_no_consent(cast: Cast) -> None:
    one = cast.points[0]
    assert not may(RECORDING, one.home_class)
    assert not may(RECORDING, one.pupils)
    assert not may(RECORDING, [])


def test_one_child_without_consent_decides_for_its_class(cast: Cast) -> None:
    one = cast.points[0]
    for pupil in one.pupils[1:]:
        paper(cast, pupil, True)
    assert may(RECORDING, one.pupils[1:])
    assert not may(RECORDING, one.home_class)
    paper(cast, one.pupils[0], True)
    assert may(RECORDING, one.home_class)
    assert classes_allowed(RECORDING, [point.home_class.pk for point in cast.points], clock.today()) == {
        one.home_class.pk
    }


def test_each_purpose_stands_apart_and_a_withdrawal_counts_from_its_moment(cast: Cast) -> None:
    pupil = cast.points[0].pupils[0]
    given_row = paper(cast, pupil, True)
    assert not may(Purpose.ANALYTICS, [pupil])
    taken = paper(cast, pupil, False)
    assert taken.decision == "withdrawn"
    assert not may(RECORDING, [pupil])
    assert may(RECORDING, [pupil], given_row.at)
    assert paper(cast, pupil, False).decision == "refused"


def test_from_fourteen_on_the_child_speaks_as_well(cast: Cast) -> None:
    pupil = cast.points[0].pupils[0]
    today = clock.today()
    Pupil.objects.filter(pk=pupil.pk).update(birth_date=date(today.year - 14, 1, 1))
    pupil.refresh_from_db()
    paper(cast, pupil, True)
    assert not may(RECORDING, [pupil])
    paper(cast, pupil, True, Voice.PUPIL)
    assert may(RECORDING, [pupil])
    paper(cast, pupil, False, Voice.PUPIL)
    assert not may(RECORDING, [pupil])


def test_a_notice_that_asks_anew_ends_earlier_consents_and_no_refusal(cast: Cast) -> None:
    agreed, refused = cast.points[0].pupils[:2]
    paper(cast, agreed, True)
    paper(cast, refused, False)
    day = clock.today() + timedelta(days=1)
    ConsentNotice.objects.create(
        purpose=RECORDING, version="later", valid_from=day, title="t", text="t", responsible="r", asks_anew=True
    )
    assert may(RECORDING, [agreed])
    assert not may(RECORDING, [agreed], clock.now() + timedelta(days=1))
    assert not may(RECORDING, [refused], clock.now() + timedelta(days=1))


def test_rows_of_children_who_did_not_agree_are_left_out_of_analysis(cast: Cast) -> None:
    agreed, silent, refused = cast.points[0].pupils[:3]
    paper(cast, agreed, True, purpose=Purpose.ANALYTICS)
    paper(cast, refused, False, purpose=Purpose.ANALYTICS)
    assert list(allowed_pupils(Purpose.ANALYTICS, Pupil.objects.all())) == [agreed]
    paper(cast, agreed, False, purpose=Purpose.ANALYTICS)
    assert not allowed_pupils(Purpose.ANALYTICS, Pupil.objects.all()).exists()
    assert silent.pk


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consent_consentanswer SET decision = 'given'",
        "DELETE FROM consent_consentanswer",
        "INSERT OR REPLACE INTO consent_consentanswer SELECT * FROM consent_consentanswer",
        "TRUNCATE consent_consentanswer",
    ],
)
def test_the_ledger_only_grows(cast: Cast, statement: str) -> None:
    own = {"INSERT OR": "sqlite", "TRUNCATE ": "postgresql"}.get(statement[:9], connection.vendor)
    if own != connection.vendor:
        statement = "DELETE FROM consent_consentanswer"
    paper(cast, cast.points[0].pupils[0], False)
    before = list(ConsentAnswer.objects.values())
    # PostgreSQL empties no table with checks that wait for the commit.
    connection.check_constraints()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert list(ConsentAnswer.objects.values()) == before


def test_paper_without_a_witness_is_refused_by_the_database(cast: Cast) -> None:
    row = paper(cast, cast.points[0].pupils[0], True)
    values = {"pupil": row.pupil, "purpose": "images", "voice": "guardian", "decision": "given", "channel": "paper"}
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsentAnswer.objects.create(notice=row.notice, by="person:1", at=clock.now(), responsible="r", **values)
    assert ConsentAnswer.objects.count() == 1


days = st.dates(date(2000, 1, 1), date(2030, 12, 31))


@given(days, st.integers(0, 20))
@settings(max_examples=200)
def test_age_grows_on_the_birthday_and_on_no_other_day(born: date, years: int) -> None:
    birthday = born.replace(day=min(born.day, 28), year=born.year + years)
    born = born.replace(day=min(born.day, 28))
    assert age_on(born, birthday) == years
    assert age_on(born, birthday - timedelta(days=1)) == years - 1
    assert age_on(born, birthday + timedelta(days=364)) == years


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(list(Purpose)), st.booleans()), max_size=12))
def test_the_latest_answer_holds(cast: Cast, said: list[tuple[int, Purpose, bool]]) -> None:
    with transaction.atomic():
        pupils = cast.points[0].pupils
        model: dict[tuple[int, Purpose], bool] = {}
        for number, purpose, agree in said:
            paper(cast, pupils[number], agree, purpose=purpose)
            model[number, purpose] = agree
        for number in range(3):
            for purpose in Purpose:
                assert may(purpose, [pupils[number]]) == model.get((number, purpose), False)
        transaction.set_rollback(True)


def test_an_older_paper_does_not_undo_a_later_no(cast: Cast) -> None:
    """The school may still hold a signed slip when the guardian has withdrawn on the page."""
    one, pupil = cast.points[0], cast.points[0].pupils[0]
    address, local = f"/consent/pupils/{pupil.public_id}/paper", signed_in(one.local)
    old = {"purpose": "recording", "voice": "guardian", "agree": "yes", "witness": "罗桂英",
           "signed_on": str(clock.today() - timedelta(days=3))}  # fmt: skip
    client = guardian_of(one, pupil)
    assert local.post(address, old).status_code == 302
    assert may(RECORDING, [pupil])
    say(client, pupil, "recording", "no")
    assert local.post(address, old).status_code == 422
    assert not may(RECORDING, [pupil])
    assert local.post(address, old | {"agree": "no"}).status_code == 302
    assert local.post(address, old | {"signed_on": str(clock.today())}).status_code == 302
    assert may(RECORDING, [pupil])


def test_a_paper_is_an_answer_to_the_notice_of_its_day(cast: Cast) -> None:
    """Not to a later one that asks anew."""
    pupil = cast.points[0].pupils[0]
    words = {"title": "录课", "text": "新的告知书", "responsible": "教育局", "asks_anew": True}
    ConsentNotice.objects.create(purpose=RECORDING, version="9", valid_from=clock.today(), **words)
    local, address = signed_in(cast.points[0].local), f"/consent/pupils/{pupil.public_id}/paper"
    form = {"purpose": "recording", "voice": "guardian", "agree": "yes", "witness": "罗桂英"}
    assert local.post(address, form | {"signed_on": str(clock.today() - timedelta(days=3))}).status_code == 302
    assert not may(RECORDING, [pupil])
    assert local.post(address, form | {"signed_on": "1999-01-01"}).status_code == 422
    assert local.post(address, form | {"signed_on": str(clock.today())}).status_code == 302
    assert may(RECORDING, [pupil])
