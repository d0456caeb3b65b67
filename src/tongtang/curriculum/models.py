"""Subjects that lessons are given in."""

from django.db import models


class Subject(models.Model):
    """A subject; `code` is what files carry, the name is in the message catalogue (`curriculum.names`)."""

    code = models.CharField(max_length=30, primary_key=True)
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]

    def __str__(self) -> str:
        return self.code
