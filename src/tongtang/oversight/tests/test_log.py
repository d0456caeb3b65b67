"""The audit log: who sees which entries, what the filters find, what the export holds."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.test import Client
from tests.cast import FAR_COUNTY, Cast, person, region, signed_in

from tongtang.access.models import Role, SupportAccess
from tongtang.audit.api import action_word, append
from tongtang.audit.chain import COVERED, canonical, digest
from tongtang.audit.heads import public_key
from tongtang.audit.models import Entry
from tongtang.oversight.wording import subject_word

LOG, EXPORT = "/oversight/log", "/oversight/log/export"
MORNING = datetime(2026, 4, 14, 1, 0, tzinfo=UTC)


@pytest.fixture
def auditor(cast: Cast) -> Client:
    return signed_in(person("审计员", "audit-1", Role.AUDITOR, at=cast.county))


def write(number: int, **more) -> None:
    given = {"stream": "evidence", "action": "evidence.corrected", "actor": "system", "object": f"evidence:{number}"}
    append(**given | {"now": MORNING + timedelta(minutes=number)} | more)


def shown(client: Client, **query) -> list[str]:
    return [row.entry.object for row in client.get(LOG, query).context["rows"]]


def of_evidence(client: Client, **query) -> list[str]:
    return shown(client, stream="evidence", **query)


def test_each_sees_their_own_place(cast: Cast, auditor: Client) -> None:
    far = region(FAR_COUNTY, "仪陇县", 6)
    write(1, school=cast.anchor)
    write(2, school=cast.points[0].school)
    write(3, region_code=FAR_COUNTY)
    write(4)
    assert of_evidence(auditor) == ["evidence:4", "evidence:2", "evidence:1"]
    assert of_evidence(signed_in(cast.head)) == ["evidence:1"]
    stranger = signed_in(person("远审计", "far-a", Role.AUDITOR, at=far, county=FAR_COUNTY))
    assert of_evidence(stranger) == ["evidence:4", "evidence:3"]


def test_administrators_and_teachers_do_not_even_find_it(cast: Cast) -> None:
    boss = person("管理员", "boss", Role.SYSTEM_ADMINISTRATOR, at=cast.county)
    for who in (boss, cast.teacher, cast.officer):
        for address in (LOG, EXPORT):
            assert signed_in(who).get(address).status_code == 404


def test_filters(cast: Cast, auditor: Client) -> None:
    write(1, actor=f"person:{cast.teacher.pk}", school=cast.anchor, reason="记错了")
    write(2, object=f"person:{cast.teacher.public_id}")
    write(3, now=MORNING + timedelta(days=1))
    write(4, actor="command:retention")
    assert of_evidence(auditor, who=cast.teacher.name[:2]) == ["evidence:1"]
    assert of_evidence(auditor, who="retention") == ["evidence:4"]
    assert of_evidence(auditor, about=cast.teacher.name) == [f"person:{cast.teacher.public_id}"]
    assert of_evidence(auditor, about="3") == ["evidence:3"]
    assert of_evidence(auditor, first="2026-04-15") == ["evidence:3"]
    assert len(of_evidence(auditor, last="2026-04-14")) == 3
    assert len(shown(auditor, stream="rumours", first="soon")) == Entry.objects.count()
    page = auditor.get(LOG, {"who": "nobody-like-this"}).content.decode()
    assert "没有记录" in page


def test_the_pages_follow_each_other_without_gap_or_repeat(cast: Cast, auditor: Client) -> None:
    for number in range(120):
        write(number, now=MORNING + timedelta(minutes=number // 3))
    seen: list[str] = []
    address: str = f"{LOG}?stream=evidence"
    while address:
        answer = auditor.get(address)
        seen += [row.entry.object for row in answer.context["rows"]]
        older = answer.context["older"]
        address = f"{LOG}?stream=evidence&before={older.replace('|', '%7C')}" if older else ""
    assert len(seen) == len(set(seen)) == 120


def test_the_export_is_signed_and_on_record(cast: Cast, auditor: Client) -> None:
    write(1, school=cast.anchor, reason="记错了", detail={"a": "b"})
    write(2, region_code=FAR_COUNTY)
    answer = auditor.get(EXPORT, {"stream": "evidence"})
    assert "attachment" in answer["Content-Disposition"]
    document = json.loads(answer.content)
    signature = bytes.fromhex(document.pop("signature"))
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key())).verify(signature, canonical(document).encode())
    [entry] = document["entries"]
    assert digest([entry[column] for column in COVERED]) == entry["hash"]
    record = Entry.objects.get(stream="export")
    assert (record.action, json.loads(record.detail)) == (
        "audit.exported",
        {"entries": 1, "filter": {"stream": "evidence"}},
    )


def test_what_was_typed_into_the_filter_stays_out_of_the_chain(cast: Cast, auditor: Client) -> None:
    name = cast.points[0].pupils[0].name
    document = json.loads(auditor.get(EXPORT, {"stream": "evidence", "who": name, "about": name}).content)
    assert document["filter"] == {"stream": "evidence", "who": name, "about": name}
    record = json.loads(Entry.objects.get(stream="export").detail)
    assert record["filter"] == {"stream": "evidence", "who": "typed", "about": "typed"}
    assert name not in str(list(Entry.objects.values()))


def test_no_child_is_named(cast: Cast, auditor: Client) -> None:
    pupil = cast.points[0].pupils[0]
    write(1, object=f"pupil:{pupil.public_id}")
    page = auditor.get(LOG).content.decode()
    assert pupil.name not in page
    assert f"学生 {str(pupil.public_id)[:8]}" in page


def test_what_somebody_spoiled_is_shown_and_not_executed(cast: Cast, auditor: Client) -> None:
    write(1, reason="<script>alert(1)</script>", detail={"x": "<img src=x onerror=alert(1)>"})
    page = auditor.get(LOG).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_the_catalogue_is_searched(cast: Cast, auditor: Client) -> None:
    page = auditor.get("/oversight/catalogue", {"text": "出生"})
    assert [line.field.name for table in page.context["tables"] for line in table.lines] == ["birth_date"]
    page = auditor.get("/oversight/catalogue", {"sensitivity": "secret"})
    assert {line.field.sensitivity for table in page.context["tables"] for line in table.lines} == {"secret"}
    assert "没有字段" in auditor.get("/oversight/catalogue", {"text": "xyzzy"}).content.decode()


def test_the_catalogue_shows_the_last_deletion(cast: Cast, auditor: Client) -> None:
    assert {term.deleted_at for term in auditor.get("/oversight/catalogue").context["terms"]} == {None}
    append(
        stream="retention",
        action="retention.deleted",
        actor="system",
        object="category:recordings",
        detail={"count": 7},
        now=MORNING,
    )
    terms = {term.category.name: term for term in auditor.get("/oversight/catalogue").context["terms"]}
    assert (terms["recordings"].deleted, terms["recordings"].deleted_at) == (7, MORNING)


def test_what_access_writes_is_read_as_words(cast: Cast, auditor: Client) -> None:
    """No code of an action or an object stands on the page of those who read Chinese."""
    point = cast.points[0]
    head = signed_in(person("廖校长", "h11", Role.SCHOOL_HEAD, school=point.school))
    helper = signed_in(person("技术员", "tech", Role.TECHNICIAN, at=cast.county))
    for let_in in ("1", "0"):
        form = {"school": point.school.public_id, "reason": "电视没有声音", "hours": 1}
        assert helper.post("/support/ask", form).status_code == 302
        asked = SupportAccess.objects.order_by("pk").last()
        assert head.post(f"/support/{asked.public_id}/decide", {"let_in": let_in}).status_code == 302
    local, klass = signed_in(point.local), f"/pupils/classes/{point.home_class.public_id}"
    assert local.post(f"{klass}/give", {"card": "on", "means": "card"}).status_code == 200
    assert local.post(f"{klass}/code").status_code == 200
    assert local.post(f"{klass}/{point.pupils[0].public_id}/revoke").status_code == 302
    administrator = signed_in(person("管理员", "admin", Role.SYSTEM_ADMINISTRATOR, at=cast.county))
    new = {"region": cast.county.code, "user_name": "o77", "name": "新干事"}
    assert administrator.post("/people/new", new).status_code == 302
    rows = auditor.get(LOG).context["rows"]
    written = {row.entry.action for row in rows}
    assert {"support.approve", "support.refuse", "class-code.make", "pupil-secret.revoke", "person.add"} <= written
    assert [one for one in written if action_word(one) == one] == []
    kinds = {row.entry.object.partition(":")[0] for row in rows}
    assert [one for one in kinds if subject_word(f"{one}:x").startswith(one)] == []


@pytest.mark.parametrize("mark", ["\x00|access|1", "2026|\x00|1", "a|b|\u0663", "a|b|\u00b2", "||1", "|", "9" * 5000])
def test_a_mark_that_no_page_gave_breaks_nothing(auditor: Client, mark: str) -> None:
    assert auditor.get(LOG, {"before": mark}).status_code == 200
