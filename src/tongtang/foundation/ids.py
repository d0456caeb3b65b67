"""Public identifiers: random, never derived from a row's key."""

import uuid

from django.db import models


class PublicIdModel(models.Model):
    """A row that URLs and JSON may name, by a random UUID."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True
