"""A child that is deleted is named by nothing that imports keep by its number."""

import io
import json
import zipfile

from django.db import connection
from tests.cast import COUNTY, Cast, actor_for, person, signed_in

from tongtang.access.models import Role
from tongtang.consent.erasure import erase
from tongtang.consent.export import build
from tongtang.exchange.models import Correction, ImportRun, QuarantinedRow, SourceRecord
from tongtang.foundation import clock


def texts_of_the_database() -> str:
    words = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            words.append(str(cursor.fetchall()))
    return "".join(words)


def test_corrections_and_rows_apart_go_with_the_child_and_stand_in_its_export(cast: Cast) -> None:
    child, other = cast.points[0].pupils[:2]
    admin = person("管理员", "m71", Role.SYSTEM_ADMINISTRATOR, at=cast.county)
    run = ImportRun.objects.create(
        county_code=COUNTY, file_name="x.zip", state=ImportRun.State.APPLIED, created_at=clock.now(), by="system",
        system="x", form="oneroster", digest="0" * 64,
    )  # fmt: skip
    for pupil, name in ((child, "独一无二甲"), (other, "独一无二乙")):
        form = {"county": COUNTY, "table": "pupils", "id": pupil.source_id, "attribute": "name"}
        form |= {"value": name, "reason": "写错了"}
        assert signed_in(admin).post("/imports/sources/correct", form).status_code == 302
        cells = {"source_id": pupil.source_id, "name": name}
        QuarantinedRow.objects.create(run=run, table="pupils", line=2, row=cells, reason="no_class")
        SourceRecord.objects.get_or_create(
            county_code=COUNTY, table="pupils", source_id=pupil.source_id, defaults={"system": "x"}
        )
    child.refresh_from_db()
    with zipfile.ZipFile(io.BytesIO(build(actor_for(admin), child))) as archive:
        tables = json.loads(archive.read("data.json"))["tables"]
    assert [row["now"] for row in tables["exchange-corrections"]] == ["独一无二甲"]
    assert len(tables["exchange-rows-apart"]) == 1
    erase(child, by="person:1", why="agreed")
    for model in (Correction, QuarantinedRow, SourceRecord):
        assert model.objects.count() == 1
    texts = texts_of_the_database()
    assert "独一无二甲" not in texts
    assert "独一无二乙" in texts
