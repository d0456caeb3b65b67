"""Import runs with what they would do or did and the rows that wait; calendars that people subscribe to."""

from django.db import models

from tongtang.foundation.ids import PublicIdModel
from tongtang.people.models import Person, Pupil


class ImportRun(PublicIdModel):
    """One file handed in for one county, from the check to its end.

    `system` names the system of source. `digest` is the SHA-256 of the file in hexadecimal. `by` is the subject that
    handed it in ("person:12", "command:load-county"). `counts` holds created, changed, unchanged and ended by
    table (a roster of pupils: as numbers), findings and quarantined as numbers; `findings` the first places that are
    wrong, as `Damage.as_json` gives them.
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
        APPLYING = "applying"
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


class SourceRecord(models.Model):
    """Where a row of the county came from and how it stands there.

    `attributes` tells for each attribute which run (public id) wrote it last; `status` and `modified_at` are those of
    the source (OneRoster: status, dateLastModified). Pupils bear their run themselves where the roster engine wrote it.
    """

    county_code = models.BigIntegerField()
    table = models.CharField(max_length=40)
    source_id = models.CharField(max_length=64)
    system = models.CharField(max_length=60)
    status = models.CharField(max_length=12, blank=True)
    modified_at = models.DateTimeField(null=True, blank=True)
    attributes = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["county_code", "table", "source_id"], name="source_record_once")]


class SourceRule(models.Model):
    """From a day until a day an attribute is owned by one system; beside it only those of `may_overwrite` change it.

    A county's own rule (`county_code`) goes before that of everybody (None). `attribute` "*": all of the table.
    """

    county_code = models.BigIntegerField(null=True, blank=True)
    table = models.CharField(max_length=20)
    attribute = models.CharField(max_length=40)
    owner = models.CharField(max_length=60)
    may_overwrite = models.JSONField(default=list)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["table", "attribute", "-valid_from"]


class Correction(PublicIdModel):
    """A value corrected by hand: imports leave it alone until somebody lets it go."""

    county_code = models.BigIntegerField()
    table = models.CharField(max_length=20)
    source_id = models.CharField(max_length=64)
    attribute = models.CharField(max_length=40)
    was = models.JSONField(null=True, blank=True)
    now = models.JSONField(null=True, blank=True)
    reason = models.CharField(max_length=200)
    by = models.CharField(max_length=80)
    at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["county_code", "table", "source_id"])]
        constraints = [
            models.UniqueConstraint(
                fields=["county_code", "table", "source_id", "attribute"],
                condition=models.Q(released_at=None),
                name="one_standing_correction",
            )
        ]


class DuplicatePair(PublicIdModel):
    """Two pupils who may be one. A person decides, once: the pair is never shown again after that.

    `first` has the smaller key. `kept`: the pupil who goes on where they are the same; the other one ends, and each
    keeps the history it has.
    """

    class Why(models.TextChoices):
        ID_NUMBER = "id_number"
        NAME_BIRTH_SCHOOL = "name_birth_school"

    class State(models.TextChoices):
        OPEN = "open"
        SAME = "same"
        DIFFERENT = "different"

    county_code = models.BigIntegerField(db_index=True)
    first = models.ForeignKey(Pupil, models.CASCADE, related_name="+")
    second = models.ForeignKey(Pupil, models.CASCADE, related_name="+")
    why = models.CharField(max_length=20, choices=Why.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    kept = models.ForeignKey(Pupil, models.SET_NULL, null=True, blank=True, related_name="absorbed_pairs")
    found_at = models.DateTimeField()
    settled_by = models.CharField(max_length=80, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_pair_once"),
            models.CheckConstraint(condition=models.Q(first__lt=models.F("second")), name="duplicate_pair_in_order"),
        ]


class SchoolWeeksRun(PublicIdModel):
    """A zip with the files of whole schools, whose weeks are searched in the background; the result is a zip again.

    `weeks` has a row for each school that is done: [school id, status, penalty, bound, seconds]; penalty and bound are
    None without a week. `findings` are places that are wrong in the files (`Damage.as_json`), `explanation` why schools
    have no week ({entity, sentence, relaxation}), `breaches` what the checker has against the result (sentences).
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        STOPPING = "stopping"
        STOPPED = "stopped"
        DONE = "done"
        REFUSED = "refused"
        FAILED = "failed"

    BUSY = (State.WAITING, State.RUNNING, State.STOPPING)

    county_code = models.BigIntegerField(db_index=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    seconds = models.PositiveIntegerField()
    schools = models.PositiveIntegerField(default=0)
    required = models.PositiveIntegerField(default=0)
    weeks = models.JSONField(default=list)
    findings = models.JSONField(default=list)
    explanation = models.JSONField(default=list)
    breaches = models.JSONField(default=list)
    made_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]

    @property
    def busy(self) -> bool:
        """Whether the job waits or works."""
        return self.state in self.BUSY

    def __str__(self) -> str:
        return f"{self.file_name} {self.state}"


class CalendarFeed(PublicIdModel):
    """A calendar that somebody subscribed to: the lessons of one class, teacher, school, room or studio.

    `of` is that row's public id. The address holds a secret of which only the hash is kept; the feed shows what its
    owner may see at the time of asking.
    """

    class Kind(models.TextChoices):
        CLASS = "class"
        TEACHER = "teacher"
        SCHOOL = "school"
        ROOM = "room"
        STUDIO = "studio"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    of = models.UUIDField()
    owner = models.ForeignKey(Person, models.CASCADE, related_name="calendar_feeds")
    secret_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)


class CalendarEvent(models.Model):
    """What a feed last said of a lesson: `sequence` rises with each change, so that calendars take the newer one."""

    feed = models.ForeignKey(CalendarFeed, models.CASCADE, related_name="events")
    uid = models.CharField(max_length=80)
    said = models.JSONField()
    sequence = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "uid"], name="event_once_a_feed")]
