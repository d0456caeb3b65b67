"""Import runs: what was handed in, what it would do or did, and the rows that wait for a person."""

from django.db import models

from tongtang.foundation.ids import PublicIdModel


class ImportRun(PublicIdModel):
    """One file handed in for one county, from the check to its end.

    `system` names the system of source. `digest` is the SHA-256 of the file in hexadecimal. `by` is the subject that
    handed it in ("person:12", "command:load-county"). `counts` holds created, changed, unchanged, ended, findings and
    quarantined as numbers; `findings` the first places that are wrong, as `Damage.as_json` gives them.
    """

    class Form(models.TextChoices):
        COUNTY_FOLDER = "county_folder"
        ROSTER = "roster"
        XLSX = "xlsx"
        ONEROSTER = "oneroster"

    class Mode(models.TextChoices):
        """In bulk, rows of the county that the file does not name end; a delta touches only the rows it names."""

        BULK = "bulk"
        DELTA = "delta"

    class State(models.TextChoices):
        """`waiting`: checked and shown, for the word of a person."""

        CHECKED = "checked"
        WAITING = "waiting"
        APPLIED = "applied"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    county_code = models.BigIntegerField(db_index=True)
    system = models.CharField(max_length=60)
    form = models.CharField(max_length=20, choices=Form.choices)
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.BULK)
    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHECKED)
    by = models.CharField(max_length=80)
    counts = models.JSONField(default=dict)
    findings = models.JSONField(default=list)
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.form} {self.county_code} {self.state}"


class QuarantinedRow(models.Model):
    """A row kept apart while the rest of its file was applied; `row` holds its cells by column."""

    class State(models.TextChoices):
        WAITING = "waiting"
        TAKEN = "taken"
        DROPPED = "dropped"

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="quarantined")
    table = models.CharField(max_length=40)
    line = models.PositiveIntegerField()
    column = models.CharField(max_length=40, blank=True)
    row = models.JSONField()
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    settled_by = models.CharField(max_length=80, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["run", "line"]

    def __str__(self) -> str:
        return f"{self.table}:{self.line}"
